package io.autotls.internal.issuance;

import io.autotls.internal.limits.EmptyStoreBrake;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.spi.Issuer;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the {@link EmptyStoreBrake}: to what was wanted from the start, and only where the issuer
 * counts orders. What is added later was asked for one by one, by somebody who knows.
 */
public final class StartBrake {
  private static final Logger log = LoggerFactory.getLogger(StartBrake.class);

  private final TimeSource time;
  private final Set<String> slowed = new HashSet<>(); // guarded by this, like all below
  private @Nullable EmptyStoreBrake brake; // null while there is no suspicion

  public StartBrake(TimeSource time) {
    this.time = time;
  }

  /** Looks whether the storage is suspiciously empty; all that could be read has been. */
  public void lookAt(List<ManagedCertificate> wanted, List<Issuer> issuers, Storage storage) {
    boolean counted = issuers.stream().anyMatch(issuer -> !issuer.limits().rules().isEmpty());
    if (!counted || !EmptyStoreBrake.isSuspicious(wanted.size(), 0, 0)) {
      return; // nothing that could be used up, or too few to do harm
    }
    int stored = (int) wanted.stream().filter(StartBrake::isStored).count();
    int traces = has(storage, "accounts/") + has(storage, "limits/");
    if (!EmptyStoreBrake.isSuspicious(wanted.size(), stored, traces)) {
      return;
    }
    log.warn("{}", EmptyStoreBrake.warning(wanted.size(), storage.location()));
    synchronized (this) {
      brake = new EmptyStoreBrake(time);
      wanted.forEach(one -> slowed.add(one.spec().id()));
    }
  }

  private static boolean isStored(ManagedCertificate one) {
    Version version = one.version();
    return version != null && !version.equals(Version.NONE);
  }

  private static int has(Storage storage, String prefix) {
    try (Listing entries = storage.list(KeyPrefix.of(prefix))) {
      return entries.next() ? 1 : 0;
    } catch (Throwable e) {
      return 0; // a store that fails is reported by those who need it
    }
  }

  /** How long a first certificate has to wait; zero if it may be ordered. */
  synchronized Duration waitOf(
      ManagedCertificate managed, CertificateRecord record, Issuer issuer) {
    String id = managed.spec().id();
    boolean free =
        brake == null
            || record.current() != null
            || issuer.limits().rules().isEmpty()
            || !slowed.contains(id);
    return free ? Duration.ZERO : brake.waitOf(id);
  }
}

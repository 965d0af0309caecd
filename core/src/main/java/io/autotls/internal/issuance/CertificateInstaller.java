package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Progress;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last step of an issuance: looks at what the issuer made before anybody else does, stores it
 * beside the one before, and serves it; one that is not valid yet, when it begins.
 */
public final class CertificateInstaller {
  private static final String ADVICE =
      "report it to the CA if it happens again; nothing here can cause it.";

  /** A part of a certificate's life within which nobody has it replaced, if all is well. */
  private static final int HARDLY = 4;

  private final NodeServices node;
  private final TimeSource time;
  private final CertificateRepository repository;
  private final KeyringUpdater keyring;
  private final ClockComparison clocks;

  public CertificateInstaller(
      NodeServices node,
      CertificateRepository repository,
      KeyringUpdater keyring,
      ClockComparison clocks) {
    this.node = node;
    this.time = node.time();
    this.repository = repository;
    this.keyring = keyring;
    this.clocks = clocks;
  }

  /**
   * Stores and serves a chain.
   *
   * @throws IssuerException if it is not what was asked for, or worth less than the one in service;
   *     that one stays
   */
  RecordStore.Stored publish(
      ManagedCertificate managed, RecordStore.Stored stored, Issuer issuer, Progress.Issued issued)
      throws IssuerException, IOException {
    CertificateRecord record = stored.record();
    Instant now = time.instant();
    Credential credential =
        checked(managed.spec(), privateKey(record.job(), issued), issued.chain());
    Generation current = record.current();
    requireNotExpired(credential, current, issuer);
    if (current != null && current.isBetterThan(issuer.trust(), now)) {
      throw new IssuerException(
          Reaction.OPERATOR,
          "its certificate is for " + issuer.trust() + " use, and the one in service is better.",
          "configure a CA whose certificates are as good as those that visitors have now.",
          null);
    }
    requireSooner(credential, record);
    String before = current == null ? null : current.issuerId();
    Instant obtained = obtained(credential, issuer, now);
    Generation next = new Generation(credential, issuer.id(), issuer.trust(), obtained, before);
    RenewalPlan plan = RenewalPolicy.first(next, now, replacedYoung(record, next, now));
    CertificateRecord renewed =
        record.renewed(next, plan, keyring.inService(managed, record).orElse(null));
    RecordStore.Stored written = repository.write(managed, renewed, stored);
    keyring.update(managed);
    String by = issuer.displayName();
    node.events()
        .tell(
            managed.awaited().isPresent()
                ? new AutoTlsEvent.NotYetValid(now, managed.spec(), by, credential.notBefore())
                : new AutoTlsEvent.Issued(now, managed.spec(), by, credential.notAfter()));
    return written;
  }

  /** When it was obtained; where it has begun only for us, by the clock of its issuer. */
  private Instant obtained(Credential credential, Issuer issuer, Instant now) {
    Instant begin = credential.notBefore();
    return clocks
        .now(issuer.id())
        .filter(theirs -> theirs.isBefore(now) && theirs.plus(Generation.MOMENT).isBefore(begin))
        .orElse(now);
  }

  /** How many certificates in a row were thrown away young, other than because somebody wished. */
  private static int replacedYoung(CertificateRecord before, Generation next, Instant now) {
    RenewalPlan renewal = before.renewal();
    Generation old = before.current();
    if (renewal == null || old == null) {
      return 0;
    }
    return switch (renewal.because()) {
      case WISHED -> renewal.replacedYoung();
      case WINDOW_PASSED -> renewal.replacedYoung() + 1;
      default -> isYoung(old, next, now) ? renewal.replacedYoung() + 1 : 0;
    };
  }

  /**
   * Whether a certificate had hardly served when the next one came: by our clock, or by those of
   * the issuers, which date each of their certificates in the same way.
   */
  private static boolean isYoung(Generation old, Generation next, Instant now) {
    Duration served = Duration.between(old.credential().notBefore(), next.credential().notBefore());
    return old.validity().isYoung(now)
        || served.compareTo(old.credential().lifetime().dividedBy(HARDLY)) < 0;
  }

  /** The key of the attempt, or the one that came with the certificate if that was agreed. */
  private static PrivateKey privateKey(Job job, Progress.Issued issued) throws IssuerException {
    Optional<PrivateKey> ours = job.pendingPair().map(KeyPair::getPrivate);
    if (ours.isPresent() && issued.privateKey().isPresent()) {
      throw refused("a private key came with it, and it was ordered for another one.");
    }
    return ours.or(issued::privateKey)
        .orElseThrow(() -> refused("no private key came with it, and the issuer makes the keys."));
  }

  private static Credential checked(
      CertificateSpec spec, PrivateKey key, List<X509Certificate> chain) throws IssuerException {
    Credential credential;
    try {
      credential = Credential.of(key, chain);
    } catch (IllegalArgumentException e) {
      throw refused(e.getMessage() + ".");
    }
    if (credential.notAfter().isBefore(credential.notBefore())) {
      throw refused("it ends before it begins.");
    }
    for (String name : spec.names()) {
      if (!covers(credential.names(), name)) {
        throw refused("it is not for " + name + ".");
      }
    }
    return credential;
  }

  /**
   * No CA issues what has expired, so if it seems so, it is our clock that is ahead, and what was
   * issued is kept. It is refused only if the CA's own clock says the same, or if that is not known
   * and something is in service that has not expired by ours.
   */
  private void requireNotExpired(Credential credential, @Nullable Generation current, Issuer issuer)
      throws IssuerException {
    Instant end = credential.notAfter();
    Instant now = time.instant();
    boolean better = current != null && current.credential().notAfter().isAfter(now);
    boolean expired =
        clocks
            .now(issuer.id())
            .map(issuerNow -> !end.isAfter(issuerNow))
            .orElse(better && !end.isAfter(now));
    if (expired) {
      throw new IssuerException(
          Reaction.RETRY_ATTEMPT,
          "the certificate that it issued cannot be used: it expired " + end + ".",
          "set the clock of this machine if it is wrong, or else report it to the CA.",
          null);
    }
  }

  /** One that was ordered because another begins late is of no use if it begins later still. */
  private void requireSooner(Credential credential, CertificateRecord record)
      throws IssuerException {
    Generation current = record.current();
    RenewalPlan renewal = record.renewal();
    if (current != null
        && renewal != null
        && renewal.because() == RenewalPlan.Because.LAST_RESORT
        && !current.hasBegun(clocks.now(current))
        && credential.notBefore().isAfter(current.credential().notBefore())) {
      throw refused(
          "it begins "
              + credential.notBefore()
              + ", later than the one that is stored and has not begun either.");
    }
  }

  /** Whether a certificate for {@code names} is good for visitors of {@code name}. */
  public static boolean covers(Set<String> names, String name) {
    int dot = name.indexOf('.');
    return names.contains(name) || (dot > 0 && names.contains("*" + name.substring(dot)));
  }

  private static IssuerException refused(String why) {
    return new IssuerException(
        Reaction.RETRY_ATTEMPT,
        "the certificate that it issued cannot be used: " + why,
        ADVICE,
        null);
  }
}

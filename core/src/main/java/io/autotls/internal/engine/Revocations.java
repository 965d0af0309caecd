package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.Problem;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Key;
import io.autotls.spi.RevocationReason;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Revokes what somebody wants revoked, in an order that no crash can turn round: the wish is stored
 * first; then another certificate with another key is obtained and served; then the old one is
 * revoked, which may be repeated; and last the entry goes.
 *
 * <p>Any node that issues may take each of these steps. A certificate whose key is still served is
 * never revoked, and one that has expired need not be.
 */
final class Revocations implements Agenda.Task {
  private static final Logger log = LoggerFactory.getLogger(Revocations.class);

  /** A node that died has left its entries to the others. */
  private static final Duration LOOK = Duration.ofDays(1);

  private static final Duration LOOK_WHILE_PENDING = Duration.ofMinutes(1);
  private static final Duration AFTER_REFUSAL = Duration.ofHours(1);

  private final Storage storage;
  private final TimeSource time;
  private final Issuers issuers;
  private final Announcer announcer;
  private final Function<String, @Nullable Managed> wanted;
  private final BiConsumer<Managed, Instant> renewNow;
  private final Map<String, Problem> refusals = new ConcurrentHashMap<>(); // by key
  private volatile boolean pending;

  /**
   * Creates it.
   *
   * @param wanted finds what this node wants by the key of its record
   * @param renewNow renews one, whatever was planned
   */
  Revocations(
      Storage storage,
      TimeSource time,
      Issuers issuers,
      Announcer announcer,
      Function<String, @Nullable Managed> wanted,
      BiConsumer<Managed, Instant> renewNow) {
    this.storage = storage;
    this.time = time;
    this.issuers = issuers;
    this.announcer = announcer;
    this.wanted = wanted;
    this.renewNow = renewNow;
  }

  /** Stores that the certificate in service is to be revoked. */
  void request(Managed managed, RevocationReason reason) throws IOException {
    Generation current =
        managed
            .served()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "There is no certificate for " + managed.spec() + " yet."));
    Issuer issuer =
        issuers
            .find(managed.spec(), current.issuerId())
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "The certificate for "
                            + managed.spec()
                            + " came from "
                            + current.issuerId()
                            + ", which is not configured any more, so nobody here can revoke it."));
    if (!issuer.revokes()) {
      throw new UnsupportedOperationException(
          issuer.displayName()
              + " cannot revoke certificates. Call renewNow to get one with another key; the old one"
              + " is believed until "
              + Wording.seconds(current.credential().notAfter())
              + ".");
    }
    Revocation revocation =
        new Revocation(managed.spec().id(), issuer.id(), current.credential().leaf(), reason);
    try {
      storage.write(revocation.key(), revocation.encode(), Version.NONE);
    } catch (ConflictException e) {
      log.debug("{} is to be revoked already", revocation.serial());
    }
    pending = true;
    managed.avoidsKey(revocation.certificate().getPublicKey());
    replace(managed);
  }

  /** Has another certificate ordered, unless that is there and begins later. */
  private void replace(Managed managed) {
    if (managed.awaited().isEmpty()) {
      renewNow.accept(managed, time.instant());
    }
  }

  /** Whether something may be there to revoke. */
  boolean isPending() {
    return pending;
  }

  Appointment now() {
    return Appointment.of(time.instant(), Lane.URGENT);
  }

  @Override
  public Appointment run() {
    boolean more = false;
    try {
      for (Key key : keys()) {
        more |= takeCareOf(key);
      }
    } catch (IOException | RuntimeException e) {
      log.debug("cannot look for what is to be revoked", e);
      more = true;
    }
    pending = more;
    return Appointment.of(
        time.instant().plus(more ? LOOK_WHILE_PENDING : LOOK), more ? Lane.URGENT : Lane.CLEANING);
  }

  private List<Key> keys() throws IOException {
    try (Stream<Key> keys = storage.list(Revocation.PREFIX)) {
      return keys.toList();
    }
  }

  /** Returns whether this node has to come back to it. */
  private boolean takeCareOf(Key key) throws IOException {
    Entry entry = storage.read(key.name()).orElse(null);
    Revocation revocation = entry == null ? null : Revocation.decode(entry.value()).orElse(null);
    if (revocation == null) {
      return false; // done by another node, or not ours
    }
    Instant now = time.instant();
    if (revocation.certificate().getNotAfter().toInstant().isBefore(now)) {
      remove(key, entry);
      return false;
    }
    Managed managed = wanted.apply(Records.PREFIX + revocation.specId());
    if (managed == null || managed.isRetired()) {
      return false; // left to those who want it
    }
    if (isServed(managed, revocation)) {
      managed.avoidsKey(revocation.certificate().getPublicKey());
      if (!isTriedAgain(managed)) {
        replace(managed);
      }
      return true;
    }
    Issuer issuer = issuers.find(managed.spec(), revocation.issuerId()).orElse(null);
    Problem refusal = refusals.get(key.name());
    boolean early = refusal != null && refusal.nextAttempt().isAfter(now);
    return issuer != null && (early || !isRevoked(managed, revocation, issuer, key, entry));
  }

  /** What failed has its schedule, and what its CA asked for: a wish goes before that once. */
  private static boolean isTriedAgain(Managed managed) {
    CertificateRecord record = managed.record().orElse(null);
    if (record == null || record.job().lastProblem() == null) {
      return false;
    }
    Renewal renewal = record.renewal();
    return renewal == null
        || renewal.because() == Renewal.Because.WISHED
        || renewal.because() == Renewal.Because.WINDOW_PASSED;
  }

  private static boolean isServed(Managed managed, Revocation revocation) {
    Credential credential = managed.credential().orElse(null);
    return credential == null
        || credential.leaf().getPublicKey().equals(revocation.certificate().getPublicKey());
  }

  private boolean isRevoked(
      Managed managed, Revocation revocation, Issuer issuer, Key key, Entry entry)
      throws IOException {
    try {
      issuer.revoke(revocation.certificate(), revocation.reason());
    } catch (IssuerException e) {
      failed(managed, revocation, issuer, key, e);
      return false;
    }
    remove(key, entry);
    announcer.tell(
        new AutoTlsEvent.Revoked(
            time.instant(),
            managed.spec(),
            issuer.displayName(),
            revocation.serial(),
            revocation.reason()));
    return true;
  }

  private void failed(
      Managed managed, Revocation revocation, Issuer issuer, Key key, IssuerException e) {
    Instant now = time.instant();
    Duration wait =
        e.retryAfter().filter(asked -> asked.compareTo(AFTER_REFUSAL) > 0).orElse(AFTER_REFUSAL);
    Problem problem =
        new Problem(
            now,
            issuer.displayName()
                + " did not revoke the certificate with the serial number "
                + revocation.serial()
                + ": "
                + e.getMessage(),
            "the certificate that took its place stays in use; it is asked again at "
                + Wording.seconds(now.plus(wait))
                + ".",
            now.plus(wait),
            e.advice());
    refusals.put(key.name(), problem);
    announcer.tell(new AutoTlsEvent.Failed(now, managed.spec(), problem));
  }

  private void remove(Key key, Entry entry) throws IOException {
    refusals.remove(key.name());
    try {
      storage.delete(key.name(), entry.version());
    } catch (ConflictException e) {
      log.debug("{} was changed meanwhile", key);
    }
  }

  /** Why a certificate of that spec is not revoked yet, if it was refused. */
  Optional<Problem> problem(String specId) {
    return refusals.entrySet().stream()
        .filter(one -> one.getKey().startsWith(Revocation.PREFIX + specId + "/"))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** What waits for its revocation, for people. */
  Optional<String> describe(String specId) {
    if (!pending) {
      return Optional.empty();
    }
    try (Stream<Key> keys = storage.list(Revocation.PREFIX + specId + "/")) {
      return keys.map(key -> key.name().substring(key.name().lastIndexOf('/') + 1))
          .findFirst()
          .map(
              serial ->
                  "the certificate with the serial number "
                      + serial
                      + ", as soon as one with another key has taken its place");
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // that the storage fails is told elsewhere
    }
  }
}

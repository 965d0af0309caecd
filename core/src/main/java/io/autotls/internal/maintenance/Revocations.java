package io.autotls.internal.maintenance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.cluster.UnchangedEntries;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.issuance.CertificateRegistry;
import io.autotls.internal.issuance.ClockComparison;
import io.autotls.internal.issuance.IssuerSelection;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.NodeServices;
import io.autotls.internal.issuance.Shutdown;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.internal.text.Moments;
import io.autotls.internal.text.Unknown;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Key;
import io.autotls.spi.Listing;
import io.autotls.spi.RevocationReason;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Revokes what somebody wants revoked, in an order that no crash can turn round: the wish is stored
 * first; then another certificate with another key is obtained and served; then the old one is
 * revoked, which may be repeated; and last the entry goes.
 *
 * <p>Any node that issues may take each of these steps. A certificate whose key is still served is
 * never revoked, and one that has expired need not be: its entry goes when no node has changed it
 * for {@link #UNWANTED}, for a wall clock alone deletes nothing.
 *
 * <p>Where nobody wants a certificate in its place any more, none is obtained: it is revoked when
 * nobody serves it. Those that do want it say so in the entry, and where nobody has for {@link
 * #UNWANTED}, there is no such node. How long that is adds up in the entry, over processes that
 * end.
 */
public final class Revocations implements Task {
  private static final Logger log = LoggerFactory.getLogger(Revocations.class);

  /** A node that died has left its entries to the others. */
  private static final Duration LOOK = Duration.ofDays(1);

  private static final Duration LOOK_WHILE_PENDING = Duration.ofMinutes(1);
  private static final Duration LOOK_WHILE_UNWANTED = Duration.ofHours(1);

  /** Those who want a certificate say so again when the last time is so long ago. */
  private static final Duration SAY_AGAIN = Duration.ofHours(12);

  /** Twice as long as it takes a node that wants a certificate to look at the entry, and more. */
  static final Duration UNWANTED = Duration.ofDays(2);

  /** When to come back to an entry. */
  private enum Next {
    /** It is done, or for others to do. */
    NEVER,
    LATER,
    SOON
  }

  private final Storage storage;
  private final TimeSource time;
  private final IssuerSelection issuers;
  private final ClockComparison clocks;
  private final EventDispatcher events;
  private final CertificateRegistry registry;
  private final BiConsumer<ManagedCertificate, PublicKey> replace;
  private final Shutdown shutdown;
  private final RecordStore records;
  private final RetryPolicy retries;
  private final UnchangedEntries unchanged; // of one run at a time
  private final Map<Key, Problem> refusals = new ConcurrentHashMap<>(); // by key
  private final Set<Key> toldOf = ConcurrentHashMap.newKeySet(); // that they are left, by key
  private volatile boolean pending;

  /**
   * Creates it.
   *
   * @param replace renews one, whatever was planned, unless it has another key already
   */
  public Revocations(
      NodeServices node,
      IssuerSelection issuers,
      ClockComparison clocks,
      CertificateRegistry registry,
      BiConsumer<ManagedCertificate, PublicKey> replace) {
    this.storage = node.storage();
    this.retries = new RetryPolicy(node.random());
    this.records = new RecordStore(node.storage());
    this.unchanged = new UnchangedEntries(node.time());
    this.shutdown = node.shutdown();
    this.time = node.time();
    this.events = node.events();
    this.issuers = issuers;
    this.clocks = clocks;
    this.registry = registry;
    this.replace = replace;
  }

  /** Stores that the certificate in service is to be revoked. */
  public void request(ManagedCertificate managed, RevocationReason reason) throws IOException {
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
              + Moments.seconds(current.credential().notAfter())
              + ".");
    }
    Revocation revocation =
        new Revocation(
            managed.spec().id(),
            issuer.id(),
            current.credential().leaf(),
            reason,
            time.instant(),
            Duration.ZERO,
            Unknown.NONE);
    try {
      storage.write(revocation.key(), revocation.encode(), Version.NONE);
    } catch (ConflictException e) {
      log.debug("{} is to be revoked already", revocation.serial());
    }
    pending = true;
    managed.avoidsKey(revocation.certificate().getPublicKey());
    replace.accept(managed, revocation.certificate().getPublicKey());
  }

  /** Whether something may be there to revoke. */
  public boolean isPending() {
    return pending;
  }

  public Schedule now() {
    return Schedule.of(time.instant(), Priority.URGENT);
  }

  @Override
  public Schedule run() {
    Next next = Next.NEVER;
    try {
      unchanged.begin();
      for (Key key : keys()) {
        Next one = shutdown.isBegun() ? Next.NEVER : lookAt(key);
        next = one.compareTo(next) > 0 ? one : next;
      }
    } catch (IOException | RuntimeException e) {
      log.debug("cannot look for what is to be revoked", e);
      next = Next.SOON;
    }
    pending = next != Next.NEVER;
    return switch (next) {
      case NEVER -> Schedule.of(time.instant().plus(LOOK), Priority.CLEANING);
      case LATER -> Schedule.of(time.instant().plus(LOOK_WHILE_UNWANTED), Priority.CLEANING);
      case SOON -> Schedule.of(time.instant().plus(LOOK_WHILE_PENDING), Priority.URGENT);
    };
  }

  private List<Key> keys() throws IOException {
    List<Key> keys = new ArrayList<>();
    try (Listing entries = storage.list(Revocation.PREFIX)) {
      while (entries.next()) {
        keys.add(entries.entry().key());
      }
    }
    return keys;
  }

  /** One entry that cannot be read, or written, holds up no other. */
  private Next lookAt(Key key) {
    try {
      return takeCareOf(key);
    } catch (IOException | RuntimeException e) {
      log.debug("cannot look at {}", key, e);
      return Next.SOON;
    }
  }

  private Next takeCareOf(Key key) throws IOException {
    Entry entry = storage.read(key).orElse(null);
    Revocation revocation = entry == null ? null : Revocation.decode(entry.value()).orElse(null);
    if (revocation == null) {
      return Next.NEVER; // done by another node, or not ours
    }
    if (hasExpired(revocation)) {
      return forgetUnlessClockIsWrong(key, entry);
    }
    ManagedCertificate managed = registry.find(RecordStore.key(revocation.specId())).orElse(null);
    if (managed == null || managed.isRetired()) {
      if (managed != null && toldOf.add(key)) {
        log.info("{}: still to be revoked: {}.", managed.spec(), description(managed, key));
      }
      Duration seen = unchanged.unchangedFor(key, entry.version());
      Duration unwanted = revocation.unwantedFor().plus(seen);
      if (managed == null && unwanted.compareTo(UNWANTED) >= 0) {
        return revokeUnwanted(revocation, key, entry);
      } else if (seen.compareTo(LOOK_WHILE_UNWANTED) >= 0) {
        write(revocation.unwantedFor(unwanted), entry); // for processes that live for hours only
      }
      return Next.LATER;
    }
    if (isServed(managed, revocation)) {
      sayThatItIsWanted(revocation, entry);
      managed.avoidsKey(revocation.certificate().getPublicKey());
      if (!isTriedAgain(managed)) {
        replace.accept(managed, revocation.certificate().getPublicKey());
      }
      return Next.SOON;
    }
    return revoke(managed.spec(), revocation, key, entry);
  }

  /** By the clock of who issued it, if that is known: ours may be wrong. */
  private boolean hasExpired(Revocation revocation) {
    Instant now = clocks.now(revocation.issuerId()).orElseGet(time::instant);
    return revocation.certificate().getNotAfter().toInstant().isBefore(now);
  }

  /** A clock that is ahead for an hour must not cost what a person wants revoked. */
  private Next forgetUnlessClockIsWrong(Key key, Entry entry) throws IOException {
    if (!unchanged.isUnchangedFor(UNWANTED, key, entry.version())) {
      return Next.LATER;
    }
    remove(key, entry);
    return Next.NEVER;
  }

  private void sayThatItIsWanted(Revocation revocation, Entry entry) throws IOException {
    Instant now = time.instant();
    Instant said = revocation.wantedAt();
    boolean isOld = said == null || Duration.between(said, now).abs().compareTo(SAY_AGAIN) > 0;
    if (isOld || !revocation.unwantedFor().isZero()) {
      write(revocation.wantedAt(now), entry);
    }
  }

  private void write(Revocation next, Entry entry) throws IOException {
    try {
      Version written = storage.write(next.key(), next.encode(), entry.version());
      unchanged.unchangedFor(next.key(), written); // it counts from now
    } catch (ConflictException e) {
      log.debug("another node is busy with {}", next.key());
    }
  }

  /** Nobody serves it any more, and what it was for is told by its record. */
  private Next revokeUnwanted(Revocation revocation, Key key, Entry entry) throws IOException {
    Optional<RecordStore.Foreign> record =
        records.readForeign(RecordStore.key(revocation.specId()), time.instant());
    return record.isPresent() && issuers.canIssue(record.get().spec())
        ? revoke(record.get().spec(), revocation, key, entry)
        : Next.LATER;
  }

  private Next revoke(CertificateSpec spec, Revocation revocation, Key key, Entry entry)
      throws IOException {
    Issuer issuer = issuers.find(spec, revocation.issuerId()).orElse(null);
    if (issuer == null) {
      return Next.NEVER; // it is for a node that has that one
    }
    Problem refusal = refusals.get(key);
    boolean early = refusal != null && refusal.nextAttempt().isAfter(time.instant());
    return early || !isRevoked(spec, revocation, issuer, key, entry) ? Next.SOON : Next.NEVER;
  }

  /** What failed has its schedule, and what its CA asked for: a wish goes before that once. */
  private static boolean isTriedAgain(ManagedCertificate managed) {
    CertificateRecord record = managed.record().orElse(null);
    if (record == null || record.job().lastProblem() == null) {
      return false;
    }
    RenewalPlan renewal = record.renewal();
    return renewal == null
        || renewal.because() == RenewalPlan.Because.WISHED
        || renewal.because() == RenewalPlan.Because.WINDOW_PASSED;
  }

  private static boolean isServed(ManagedCertificate managed, Revocation revocation) {
    Credential credential = managed.credential().orElse(null);
    return credential == null
        || credential.leaf().getPublicKey().equals(revocation.certificate().getPublicKey());
  }

  private boolean isRevoked(
      CertificateSpec spec, Revocation revocation, Issuer issuer, Key key, Entry entry)
      throws IOException {
    try {
      issuer.revoke(revocation.certificate(), revocation.reason());
    } catch (IssuerException e) {
      if (!shutdown.isBegun()) { // else it may have been cut off by that
        failed(spec, revocation, issuer, key, e);
      }
      return false;
    }
    remove(key, entry);
    events.tell(
        new AutoTlsEvent.Revoked(
            time.instant(), spec, issuer.displayName(), revocation.serial(), revocation.reason()));
    return true;
  }

  private void failed(
      CertificateSpec spec, Revocation revocation, Issuer issuer, Key key, IssuerException e) {
    Instant now = time.instant();
    Duration wait = retries.notBefore(retries.revocation(), e.retryAfter());
    Problem problem =
        new Problem(
            now,
            issuer.displayName()
                + " did not revoke the certificate with the serial number "
                + revocation.serial()
                + ": "
                + e.getMessage(),
            "what visitors get does not change; it is asked again at "
                + Moments.seconds(now.plus(wait))
                + ".",
            now.plus(wait),
            e.advice());
    refusals.put(key, problem);
    events.tell(new AutoTlsEvent.Failed(now, spec, problem));
  }

  private void remove(Key key, Entry entry) throws IOException {
    refusals.remove(key);
    toldOf.remove(key);
    try {
      storage.delete(key, entry.version());
    } catch (ConflictException e) {
      log.debug("{} was changed meanwhile", key);
    }
  }

  /** Why a certificate of that spec is not revoked yet, if it was refused. */
  public Optional<Problem> problem(String specId) {
    return refusals.entrySet().stream()
        .filter(one -> Revocation.of(specId).contains(one.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** What waits for its revocation, for people. */
  public Optional<String> describe(ManagedCertificate managed) {
    if (!pending) {
      return Optional.empty();
    }
    try (Listing entries = storage.list(Revocation.of(managed.spec().id()))) {
      return entries.next()
          ? Optional.of(description(managed, entries.entry().key()))
          : Optional.empty();
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // that the storage fails is told elsewhere
    }
  }

  private static String description(ManagedCertificate managed, Key key) {
    return "the certificate with the serial number "
        + key.lastSegment()
        + (managed.isRetired()
            ? ", when nobody serves it any more, and nobody has wanted one in its place for "
                + UNWANTED.toDays()
                + " days"
            : ", as soon as one with another key has taken its place");
  }
}

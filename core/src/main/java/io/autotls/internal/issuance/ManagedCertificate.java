package io.autotls.internal.issuance;

import io.autotls.CertificateSpec;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.StoredTimes;
import io.autotls.spi.Version;
import io.autotls.tls.Credential;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One wanted certificate in the memory of this node: what was last seen of its record, and when to
 * look at it next. There may be a hundred thousand of these, so it keeps no more than it serves and
 * tells. Safe for use by many threads.
 */
public final class ManagedCertificate {
  /** What a certificate is kept for. */
  public enum Standing {
    /** Somebody asked for it. */
    WANTED,
    /** It covers wanted names that have nothing better: see the fallback certificates. */
    FALLBACK,
    /** It is served until its time is over. */
    RETIRED
  }

  private final CertificateSpec spec;
  private final long number;

  private volatile boolean working;
  private volatile Standing standing;
  private volatile @Nullable Instant retiredAt; // null unless it is retired
  private volatile @Nullable Instant servedUntil; // null unless it was once wanted and removed
  private volatile Set<String> alsoServes = Set.of(); // besides its own names

  // All guarded by this.
  private @Nullable CertificateRecord record; // null until the storage was read; without secrets
  private @Nullable CertificateRecord claimed; // the same as it is stored; null likewise
  private @Nullable Generation served; // null until one was; what visitors get
  private boolean servedHasBegun; // if it is not valid yet, there is nothing better
  private @Nullable Instant seen; // when it was first seen at its version; null likewise
  private @Nullable Version version; // of the record
  private @Nullable Arrival arrival; // of the current generation; null while there is none
  private @Nullable Schedule schedule; // null until the storage was read for the first time
  private @Nullable String blockedBy; // null unless something outside is missing
  private int storageFailures; // since the work last went on
  private @Nullable NodeFailure failure; // null unless something failed since the work last went on
  private @Nullable PublicKey avoided; // null unless a certificate is to be revoked
  private int crashes; // since a step last ended as it should
  private boolean ready; // whether it has ever had a valid credential
  private @Nullable StepRequest request; // null unless a step is wanted that may not be due
  private @Nullable UnstoredRetryAfter retryAfter; // null unless one was heard that is not stored
  private @Nullable WaitReminder reminder; // null unless an attempt waits

  /**
   * Since when this node has known the current generation.
   *
   * @param alias of the credential
   * @param at by the monotonic clock
   */
  record Arrival(String alias, long at, How how) {
    /** What it was when it came. */
    enum How {
      /** The first one that this process saw. */
      FOUND,
      /** In the place of another. */
      REPLACES
    }
  }

  public ManagedCertificate(CertificateSpec spec, Standing standing, long number) {
    this.spec = spec;
    this.standing = standing;
    this.number = number;
  }

  public CertificateSpec spec() {
    return spec;
  }

  /** In which order they were asked for. */
  public long number() {
    return number;
  }

  void stepBegins() {
    working = true;
  }

  void stepEnds() {
    working = false;
  }

  /** Whether a step is being taken: then this node writes the record, and need not read it. */
  public boolean isWorking() {
    return working;
  }

  /** Nobody wants it any more; it is served until then. */
  public void retire(Instant now, Instant until) {
    servedUntil = until;
    retiredAt = now;
    standing = Standing.RETIRED;
  }

  /** Somebody asked for it. */
  public void want() {
    servedUntil = null;
    retiredAt = null;
    standing = Standing.WANTED;
  }

  /** It is needed although nobody asked for it. */
  public void standIn() {
    retiredAt = null;
    standing = Standing.FALLBACK;
  }

  public Standing standing() {
    return standing;
  }

  public boolean isWanted() {
    return standing == Standing.WANTED;
  }

  public boolean isFallback() {
    return standing == Standing.FALLBACK;
  }

  public boolean isRetired() {
    return standing == Standing.RETIRED;
  }

  public Optional<Instant> retiredAt() {
    return Optional.ofNullable(retiredAt);
  }

  /** Until when it was promised to be served when it was removed. */
  public Optional<Instant> servedUntil() {
    return Optional.ofNullable(servedUntil);
  }

  public void alsoServes(Set<String> names) {
    alsoServes = Set.copyOf(names);
  }

  /** For which names it is served. */
  public Collection<String> servedNames() {
    Set<String> more = alsoServes;
    if (more.isEmpty()) {
      return spec.names();
    }
    Set<String> all = new LinkedHashSet<>(spec.names());
    all.addAll(more);
    return all;
  }

  /** The certificate for those of its names that do not keep failing, if some do. */
  public Optional<CertificateSpec> remainder() {
    return record().flatMap(record -> record.names().remainder(spec));
  }

  /** When this version of the record was first seen; empty if another one was seen last. */
  synchronized Optional<Instant> seenAt(Version wanted) {
    return wanted.equals(version) ? Optional.ofNullable(seen) : Optional.empty();
  }

  /**
   * Remembers a record as it was read, or written.
   *
   * @param stored what it says, as far as it is to be kept in memory
   * @param first when it was first seen like this: what it says of times is judged by that
   * @param nanos the monotonic clock
   */
  public synchronized void saw(CertificateRecord stored, Version at, Instant first, long nanos) {
    if (!at.equals(version)) { // what can be read may still not be writable
      blockedBy = null; // somebody else got on, and may have done what this node could not
      goesOn();
    }
    claimed = stored;
    record = StoredTimes.believed(claimed, first);
    seen = first;
    version = at;
    arrived(record.current(), nanos);
    if (request != null && request.isFulfilledBy(record)) {
      request = null;
    }
  }

  private void arrived(@Nullable Generation current, long nanos) {
    String alias = current == null ? null : current.credential().alias();
    if (alias != null && (arrival == null || !arrival.alias().equals(alias))) {
      Arrival.How how = arrival == null ? Arrival.How.FOUND : Arrival.How.REPLACES;
      arrival = new Arrival(alias, nanos, how);
    }
  }

  /** Since when this node has known the current generation; empty while there is none. */
  synchronized Optional<Arrival> arrival() {
    return Optional.ofNullable(arrival);
  }

  /** How far in our future it was written what a record says that was not known. */
  synchronized Duration aheadOfNews(CertificateRecord stored, Version at, Instant now) {
    return at.equals(version) ? Duration.ZERO : StoredTimes.aheadOfNews(claimed, stored, now);
  }

  /** The wall clock was set: what the record says of times is judged anew. */
  synchronized void clockWasSet(Instant now) {
    if (claimed != null) {
      record = StoredTimes.believed(claimed, now);
      seen = now;
    }
    if (request != null) {
      request = request.notAfter(now);
    }
  }

  /**
   * Plans the next step of a record, unless another one was seen meanwhile: whoever saw that one
   * plans for it.
   */
  synchronized void plan(CertificateRecord planned, Schedule next) {
    if (planned == record) {
      schedule = next;
    }
  }

  public synchronized boolean isLoaded() {
    return record != null;
  }

  /** Only our own rules wanted to wait, and this process was started since: one early try. */
  synchronized void requestAfterRestart(Instant from) {
    requestUnlessRenewal(StepRequest.afterRestart(from, record));
  }

  /** Another issuer is configured than the one of the attempt that is under way: ask that one. */
  synchronized void requestAfterReconfiguration(Instant from, @Nullable String issuer) {
    requestUnlessRenewal(StepRequest.afterReconfiguration(from, issuer));
  }

  /** What a person asked for goes before what nobody did. */
  private void requestUnlessRenewal(StepRequest supposed) {
    if (!isRenewalRequested()) {
      request = supposed;
    }
  }

  /** Somebody wants a new certificate now. */
  public synchronized void requestRenewal(Instant now) {
    request = StepRequest.ofRenewal(StepRequest.Cause.RENEWAL, now, record);
    retryAfter = null;
  }

  /**
   * Another one is to take the place of the present one, if that has the key of one that is to be
   * revoked.
   *
   * @return false if another one has arrived meanwhile, whether it is served already or not; or if
   *     the record was not read yet, so that nobody knows
   */
  public synchronized boolean requestReplacementOf(PublicKey key, Instant now) {
    boolean isPresent =
        record()
            .flatMap(CertificateRecord::generation)
            .filter(current -> current.credential().leaf().getPublicKey().equals(key))
            .isPresent();
    if (isPresent && !isRenewalRequested()) {
      request = StepRequest.ofRenewal(StepRequest.Cause.REVOCATION, now, record);
    }
    return isPresent;
  }

  /** Whether a step is to be taken now although it may not be due. */
  synchronized boolean isStepRequested(Instant now) {
    return request != null && request.isOpen(now);
  }

  /** Whether the early step is one that is only due because this process was started. */
  synchronized boolean isRequestedByRestart() {
    return request != null && request.cause() == StepRequest.Cause.RESTART;
  }

  /** Whether a renewal is wanted that is not due: by a person, or for a revocation. */
  public synchronized boolean isRenewalRequested() {
    return request != null
        && (request.cause() == StepRequest.Cause.RENEWAL || isRequestedByRevocation());
  }

  /** Whether it is wanted because the present one is to be revoked. */
  synchronized boolean isRequestedByRevocation() {
    return request != null && request.cause() == StepRequest.Cause.REVOCATION;
  }

  /** The step that was asked for is taken, or cannot be. */
  synchronized void requestFulfilled() {
    request = null;
  }

  /** An issuer named a time before which it wants no question about this. */
  synchronized void heardRetryAfter(String issuer, Duration wait, long nanos) {
    retryAfter = UnstoredRetryAfter.of(issuer, wait, nanos);
  }

  /** What was heard of that issuer is stored. */
  synchronized void storedRetryAfter(String issuer) {
    if (retryAfter != null && retryAfter.issuer().equals(issuer)) {
      retryAfter = null;
    }
  }

  /** Whom this node must not ask yet, besides what is stored. */
  synchronized Optional<UnstoredRetryAfter> unstoredRetryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /**
   * An attempt waits for its issuer.
   *
   * @return how long it has done so, if it is time to say that
   */
  synchronized Optional<Duration> waits(long nanos) {
    if (reminder == null) {
      reminder = new WaitReminder(nanos);
    }
    return reminder.due(nanos);
  }

  /** The attempt ended. */
  synchronized void waitsNoMore() {
    reminder = null;
  }

  /** The next certificate must have another key than this, whatever was wished for. */
  public synchronized void avoidsKey(PublicKey known) {
    avoided = known;
  }

  synchronized boolean avoids(PublicKey key) {
    return key.equals(avoided);
  }

  synchronized int storageFailedOnceMore() {
    return ++storageFailures;
  }

  synchronized int crashedOnceMore() {
    return ++crashes;
  }

  /** A step ended as it should. */
  synchronized void worked() {
    crashes = 0;
    goesOn();
  }

  private void goesOn() {
    storageFailures = 0;
    failure = null;
  }

  /** Something failed on this node; shown until the work goes on. */
  public synchronized void failed(NodeFailure what) {
    failure = what;
  }

  /** What failed on this node since the work last went on, if anything did. */
  public synchronized Optional<NodeFailure> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * Something outside is missing.
   *
   * @return whether that is news
   */
  synchronized boolean block(String reason) {
    boolean news = !reason.equals(blockedBy);
    blockedBy = reason;
    return news;
  }

  synchronized void unblock() {
    blockedBy = null;
  }

  public synchronized Optional<String> blockedBy() {
    return Optional.ofNullable(blockedBy);
  }

  /**
   * A valid credential is there.
   *
   * @return whether it is the first one
   */
  public synchronized boolean becomesReady() {
    boolean first = !ready;
    ready = true;
    return first;
  }

  public synchronized @Nullable Version version() {
    return version;
  }

  public synchronized Optional<CertificateRecord> record() {
    return Optional.ofNullable(record);
  }

  /** Whether this node must write nothing about it. */
  public synchronized boolean isLeftToNewerNodes() {
    return record != null && record.job().isLeftToNewerNodes();
  }

  /** The record, if it is the one of that version that was seen last. */
  public synchronized Optional<CertificateRecord> recordAt(Version wanted) {
    return wanted.equals(version) ? Optional.ofNullable(record) : Optional.empty();
  }

  /**
   * This is what visitors get from now on.
   *
   * @return whether it begins now: it was served before, because there was nothing better
   */
  synchronized boolean serves(Generation generation, boolean begun) {
    boolean same = served != null && served.credential().equals(generation.credential());
    boolean begins = same && begun && !servedHasBegun;
    served = generation;
    servedHasBegun = begun;
    return begins;
  }

  /** What visitors get, which is not the current one of the record while that has not begun. */
  public synchronized Optional<Generation> served() {
    return Optional.ofNullable(served);
  }

  /** The credential that takes the place of what visitors get when it begins, if one does. */
  public synchronized Optional<Generation> awaited() {
    Generation current = record == null ? null : record.current();
    boolean waits =
        current != null && served != null && !current.credential().equals(served.credential());
    return waits ? Optional.of(current) : Optional.empty();
  }

  /** What had not begun at the last look: awaited, or served because there is nothing better. */
  public synchronized Optional<Generation> toBegin() {
    return awaited().or(() -> Optional.ofNullable(served).filter(any -> !servedHasBegun));
  }

  public Optional<Credential> credential() {
    return served().map(Generation::credential);
  }

  public synchronized Schedule schedule() {
    return asRequested(schedule == null ? Schedule.of(Instant.EPOCH, Priority.URGENT) : schedule);
  }

  /** A schedule, or an earlier one if somebody asked for the step. */
  public synchronized Schedule asRequested(Schedule planned) {
    return request != null && planned.due().isAfter(request.from())
        ? planned.at(request.from())
        : planned;
  }
}

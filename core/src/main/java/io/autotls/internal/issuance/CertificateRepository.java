package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.internal.engine.Engine;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.internal.record.StoredTimes;
import io.autotls.internal.time.Due;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Progress.Asks;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import io.autotls.tls.Keyring.Placement;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Keeps what this node knows in step with the storage: whatever is read or written is remembered,
 * and a credential that is new to this node is served.
 */
public final class CertificateRepository {
  private static final Duration A_MOMENT = Duration.ofSeconds(1);

  private final RecordStore records;
  private final IssuerSelection issuers;
  private final AdmissionControl admission;
  private final Keyring keyring;
  private final TimeSource time;
  private final ClockComparison clocks;
  private final EventDispatcher events;
  private final Consumer<ManagedCertificate> hasCredential;
  private final Consumer<ManagedCertificate> isReady;
  private final Consumer<ManagedCertificate> changed;

  /**
   * Creates a keeper.
   *
   * @param hasCredential called when a new credential is served
   * @param isReady called when a certificate has a valid credential for the first time
   * @param changed called when a record is not as it was
   */
  public CertificateRepository(
      Engine.Parts parts,
      IssuerSelection issuers,
      AdmissionControl admission,
      ClockComparison clocks,
      EventDispatcher events,
      RecordStore records,
      Consumer<ManagedCertificate> hasCredential,
      Consumer<ManagedCertificate> isReady,
      Consumer<ManagedCertificate> changed) {
    this.records = records;
    this.issuers = issuers;
    this.admission = admission;
    this.keyring = parts.keyring();
    this.time = parts.time();
    this.clocks = clocks;
    this.events = events;
    this.hasCredential = hasCredential;
    this.isReady = isReady;
    this.changed = changed;
  }

  /** Reads a record, whatever is known of it. */
  public RecordStore.Stored read(ManagedCertificate managed) throws IOException {
    RecordStore.Stored stored = records.read(managed.spec(), time.instant());
    Instant seen = adopt(managed, stored);
    CertificateRecord believed = bridged(StoredTimes.believed(stored.record(), seen));
    return new RecordStore.Stored(believed, stored.version(), stored.damage());
  }

  /**
   * Reads a record if it is not as it was.
   *
   * @return whether there was news
   */
  public boolean refresh(ManagedCertificate managed) throws IOException {
    // If somebody emptied the storage, what is in memory goes on serving until there is better.
    Optional<RecordStore.Stored> news =
        records.readNews(managed.spec(), managed.version(), time.instant());
    news.ifPresent(stored -> adopt(managed, stored));
    return news.isPresent();
  }

  /** Reads what is stored of a record, and learns from it only if it is not as it was. */
  public Optional<RecordStore.Text> text(ManagedCertificate managed) throws IOException {
    Optional<RecordStore.Text> text = records.text(managed.spec());
    text.filter(there -> !there.version().equals(managed.version()))
        .ifPresent(news -> adopt(managed, records.decode(news, time.instant())));
    return text;
  }

  /** Writes a new plan for the renewal, and leaves all else as it is stored. */
  public RecordStore.Text replan(
      ManagedCertificate managed, RecordStore.Text expected, RenewalPlan renewal)
      throws IOException {
    if (isSilenced(managed)) {
      return replanWithUnstoredRetryAfter(managed, expected, renewal);
    }
    CertificateRecord record =
        managed
            .recordAt(expected.version())
            .orElseThrow(() -> conflict(managed, expected.version()))
            .with(renewal);
    RecordStore.Text written = records.replan(managed.spec(), record, expected, time.instant());
    saw(managed, record, written.version(), time.instant());
    return written;
  }

  /** The same, and stores besides what was heard and could not be stored. */
  private RecordStore.Text replanWithUnstoredRetryAfter(
      ManagedCertificate managed, RecordStore.Text expected, RenewalPlan renewal)
      throws IOException {
    RecordStore.Stored whole = records.decode(expected, time.instant());
    RecordStore.Stored written =
        write(managed, withUnstoredRetryAfter(managed, whole.record().with(renewal)), whole);
    return records
        .text(managed.spec())
        .filter(text -> text.version().equals(written.version()))
        .orElseThrow(() -> conflict(managed, written.version()));
  }

  private static ConflictException conflict(ManagedCertificate managed, Version expected) {
    return new ConflictException(RecordStore.key(managed.spec()), expected);
  }

  private boolean isSilenced(ManagedCertificate managed) {
    return managed.silence().filter(one -> !one.left(time.nanos()).isZero()).isPresent();
  }

  /** The record with what this node heard and could not store. */
  CertificateRecord withUnstoredRetryAfter(ManagedCertificate managed, CertificateRecord record) {
    return managed
        .silence()
        .map(
            one -> {
              Instant until = time.instant().plus(one.left(time.nanos()));
              return record.with(record.job().heldUntil(one.issuer(), Due.at(until)));
            })
        .orElse(record);
  }

  /**
   * Writes a record, and with it what this node heard of an issuer and could not store before: the
   * other nodes are to know as soon as anything can be written.
   */
  public RecordStore.Stored write(
      ManagedCertificate managed, CertificateRecord next, RecordStore.Stored expected)
      throws IOException {
    CertificateRecord record = withUnstoredRetryAfter(managed, next);
    RecordStore.Stored written = records.write(managed.spec(), record, expected.version());
    count(managed.spec().id(), expected.record().job(), record.job());
    saw(managed, record, written.version(), time.instant());
    return written;
  }

  private void saw(
      ManagedCertificate managed, CertificateRecord record, Version version, Instant seen) {
    Instant now = record.generation().map(this::now).orElse(seen);
    managed.saw(record.light(now), version, seen, time.nanos());
    managed.record().ifPresent(one -> managed.plan(one, schedule(managed, one)));
    changed.accept(managed);
  }

  /** The wall clock was set: all that is known of times is judged, and planned, anew. */
  public void clockWasSet(ManagedCertificate managed) {
    managed.clockWasSet(time.instant());
    managed.record().ifPresent(one -> managed.plan(one, schedule(managed, one)));
  }

  private void count(String specId, Job before, Job now) {
    if (now.isUnderWay() && now.asks() == Asks.SOLVERS) {
      // Nobody can hasten what has to settle, and the CA has nothing to do with it.
      admission.ended(String.valueOf(now.issuerId()), specId);
    } else if (now.isUnderWay() && !before.isUnderWay()) {
      admission.begun(String.valueOf(now.issuerId()), specId);
    } else if (before.isUnderWay() && !now.isUnderWay()) {
      admission.ended(String.valueOf(before.issuerId()), specId);
    }
  }

  /** Keeps a copy of a record that is damaged, before it is overwritten. */
  void keepDamaged(ManagedCertificate managed, RecordStore.Stored damaged) throws IOException {
    records.keepDamaged(managed.spec(), damaged.version());
  }

  /** Returns when this version of the record was first seen. */
  private Instant adopt(ManagedCertificate managed, RecordStore.Stored stored) {
    CertificateRecord record = stored.record();
    if (record.current() == null && managed.served().isPresent()) {
      return time.instant(); // whatever happened to the storage, the one in memory still works
    }
    Instant seen = managed.seenAt(stored.version()).orElseGet(time::instant);
    clocks.wroteAhead(managed.aheadOfNews(record, stored.version(), seen));
    saw(managed, record, stored.version(), seen);
    serve(managed).ifPresent(news -> tellLoaded(managed, news));
    return seen;
  }

  private void tellLoaded(ManagedCertificate managed, Credential credential) {
    events.tell(new AutoTlsEvent.Loaded(time.instant(), managed.spec(), credential.notAfter()));
  }

  /**
   * Serves what visitors are to get, by what was read or written last.
   *
   * @return that, if it is not what they got before
   */
  Optional<Credential> serve(ManagedCertificate managed) {
    Generation next;
    boolean news;
    boolean begun;
    synchronized (managed) { // else the older of two records that are seen at once may win
      CertificateRecord record = managed.record().orElseThrow();
      if (record.current() == null) {
        return Optional.empty();
      }
      next = inService(managed, record).orElseThrow();
      news = !managed.credential().equals(Optional.of(next.credential()));
      begun = next.hasBegun(now(next));
      boolean begins = managed.serves(next, begun);
      if (news || begins) {
        Placement placement = begun ? Placement.BY_NAME : Placement.IF_NOTHING_ELSE;
        keyring.install(managed.spec().id(), managed.servedNames(), next.credential(), placement);
      }
    }
    if (news || managed.awaited().isPresent()) {
      hasCredential.accept(managed);
    }
    boolean isValid = begun && !next.credential().notAfter().isBefore(now(next));
    if (isValid && managed.becomesReady()) {
      isReady.accept(managed);
    }
    return Optional.of(next.credential()).filter(any -> news);
  }

  /**
   * What visitors are to get. A clock that is set back does not take from them what they have: what
   * has begun once has begun.
   */
  Optional<Generation> inService(ManagedCertificate managed, CertificateRecord record) {
    return record
        .generation()
        .filter(current -> managed.credential().equals(Optional.of(current.credential())))
        .filter(current -> !current.mayBeDatedByNode() || current.hasBegun(now(current)))
        .or(() -> record.generation().flatMap(current -> record.inService(now(current))));
  }

  /** The present by the clock of who issued it, if that is known: ours may be wrong. */
  public Instant now(Generation generation) {
    return clocks.now(generation);
  }

  /** When to look, by our clock, whether a certificate has begun that had not. */
  public Instant begins(Generation generation) {
    Duration left = Duration.between(now(generation), generation.credential().notBefore());
    return time.instant().plus(left.isNegative() || left.isZero() ? A_MOMENT : left);
  }

  /** A certificate may have begun that was awaited. */
  public void handOver(ManagedCertificate managed) {
    serve(managed).ifPresent(news -> tellLoaded(managed, news));
  }

  /** Whether the issuer of an attempt is configured here. */
  boolean knowsIssuerOf(CertificateSpec spec, Job job) {
    return issuers.isConfigured(spec, job.issuerId());
  }

  /**
   * The record with a renewal before its certificate begins, if nothing is served by then, or after
   * its end, if that had passed already when it was obtained. Where nothing else ever served, it is
   * our clock that is wrong as a rule, unless the issuer agrees with it, or had gone by ours. What
   * seems to have ended may have waited for us at the issuer: that is worth one more order.
   */
  private CertificateRecord bridged(CertificateRecord record) {
    Generation current = record.current();
    RenewalPlan planned = record.renewal();
    if (current == null || planned == null) {
      return record;
    }
    Instant now = now(current);
    boolean agrees = clocks.agrees(current.issuerId());
    boolean awaited = record.isAwaited(now);
    RenewalPlan renewal = planned;
    if (!current.hasBegun(now) && (awaited || agrees || current.mayBeDatedByNode())) {
      renewal = RenewalPolicy.untilItBegins(planned, current, awaited ? record.previous() : null);
    } else if (current.credential().notAfter().isBefore(now)
        && (agrees || planned.hasty() == 0 && !clocks.knows(current.issuerId()))) {
      renewal = RenewalPolicy.ofEnded(planned, current);
    }
    return renewal.equals(planned) ? record : record.with(renewal);
  }

  /** When to take the next step for a record, and whom it is going to ask. */
  public Schedule schedule(ManagedCertificate managed, CertificateRecord seen) {
    CertificateRecord record = bridged(seen);
    Due due = issuers.dueAt(managed.spec(), record);
    Instant replaceable = time.instant().plus(leastService(managed, record));
    return new Schedule(
        due.notBefore(replaceable), priority(record), issuers.resource(managed.spec(), record));
  }

  /**
   * How long this node has to leave the certificate in service yet, whatever the wall clock says.
   */
  private Duration leastService(ManagedCertificate managed, CertificateRecord record) {
    Generation current = record.current();
    RenewalPlan renewal = record.renewal();
    ManagedCertificate.Arrival arrival = managed.arrival().orElse(null);
    if (current == null || renewal == null || arrival == null || record.job().isUnderWay()) {
      return Duration.ZERO;
    }
    Duration life =
        clocks
            .now(current.issuerId())
            .map(now -> Duration.between(now, current.credential().notAfter()))
            .orElseGet(current.credential()::lifetime);
    Duration least =
        switch (arrival.how()) {
          case FOUND -> RenewalPolicy.leastServiceAfterStart(life, renewal.hasty());
          case REPLACES -> RenewalPolicy.leastService(life, renewal.hasty());
        };
    Duration served = Duration.ofNanos(time.nanos() - arrival.at());
    return served.compareTo(least) < 0 ? least.minus(served) : Duration.ZERO;
  }

  private Priority priority(CertificateRecord record) {
    Instant now = time.instant();
    Generation current = record.current();
    if (current == null) {
      return record.job().lastProblem() == null ? Priority.FIRST : Priority.AGAIN;
    }
    RenewalPlan renewal = record.renewal();
    boolean revoked =
        renewal != null
            && renewal.because() == RenewalPlan.Because.WINDOW_PASSED
            && renewal.hasty() == 0;
    return revoked || RenewalPolicy.isUrgent(current, now) ? Priority.URGENT : Priority.ROUTINE;
  }
}

package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.spi.ConflictException;
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
final class Keeper {
  private static final Duration A_MOMENT = Duration.ofSeconds(1);

  private final Records records;
  private final Issuers issuers;
  private final Admission admission;
  private final Keyring keyring;
  private final TimeSource time;
  private final ClockComparison clocks;
  private final Announcer announcer;
  private final Consumer<Managed> hasCredential;
  private final Consumer<Managed> isReady;
  private final Consumer<Managed> changed;

  /**
   * Creates a keeper.
   *
   * @param hasCredential called when a new credential is served
   * @param isReady called when a certificate has a valid credential for the first time
   * @param changed called when a record is not as it was
   */
  Keeper(
      Engine.Parts parts,
      Issuers issuers,
      Admission admission,
      ClockComparison clocks,
      Announcer announcer,
      Records records,
      Consumer<Managed> hasCredential,
      Consumer<Managed> isReady,
      Consumer<Managed> changed) {
    this.records = records;
    this.issuers = issuers;
    this.admission = admission;
    this.keyring = parts.keyring();
    this.time = parts.time();
    this.clocks = clocks;
    this.announcer = announcer;
    this.hasCredential = hasCredential;
    this.isReady = isReady;
    this.changed = changed;
  }

  /** Reads a record, whatever is known of it. */
  Records.Stored read(Managed managed) throws IOException {
    Records.Stored stored = records.read(managed.spec(), time.instant());
    Instant seen = adopt(managed, stored);
    CertificateRecord believed = bridged(StoredTimes.believed(stored.record(), seen));
    return new Records.Stored(believed, stored.version(), stored.damage());
  }

  /**
   * Reads a record if it is not as it was.
   *
   * @return whether there was news
   */
  boolean refresh(Managed managed) throws IOException {
    // If somebody emptied the storage, what is in memory goes on serving until there is better.
    Optional<Records.Stored> news =
        records.readNews(managed.spec(), managed.version(), time.instant());
    news.ifPresent(stored -> adopt(managed, stored));
    return news.isPresent();
  }

  /** Reads what is stored of a record, and learns from it only if it is not as it was. */
  Optional<Records.Text> text(Managed managed) throws IOException {
    Optional<Records.Text> text = records.text(managed.spec());
    text.filter(there -> !there.version().equals(managed.version()))
        .ifPresent(news -> adopt(managed, records.decode(news, time.instant())));
    return text;
  }

  /** Writes a new plan for the renewal, and leaves all else as it is stored. */
  Records.Text replan(Managed managed, Records.Text expected, Renewal renewal) throws IOException {
    if (isSilenced(managed)) {
      return replanHeeding(managed, expected, renewal);
    }
    CertificateRecord record =
        managed
            .recordAt(expected.version())
            .orElseThrow(() -> conflict(managed, expected.version()))
            .with(renewal);
    Records.Text written = records.replan(managed.spec(), record, expected, time.instant());
    saw(managed, record, written.version(), time.instant());
    return written;
  }

  /** The same, and stores besides what was heard and could not be stored. */
  private Records.Text replanHeeding(Managed managed, Records.Text expected, Renewal renewal)
      throws IOException {
    Records.Stored whole = records.decode(expected, time.instant());
    Records.Stored written = write(managed, heeding(managed, whole.record().with(renewal)), whole);
    return records
        .text(managed.spec())
        .filter(text -> text.version().equals(written.version()))
        .orElseThrow(() -> conflict(managed, written.version()));
  }

  private static ConflictException conflict(Managed managed, Version expected) {
    return new ConflictException(Records.key(managed.spec()), expected);
  }

  private boolean isSilenced(Managed managed) {
    return managed.silence().filter(one -> !one.left(time.nanos()).isZero()).isPresent();
  }

  /** The record with what this node heard and could not store. */
  CertificateRecord heeding(Managed managed, CertificateRecord record) {
    return managed
        .silence()
        .map(
            one -> {
              Instant until = time.instant().plus(one.left(time.nanos()));
              return record.with(record.job().heldUntil(one.issuer(), until));
            })
        .orElse(record);
  }

  /**
   * Writes a record, and with it what this node heard of an issuer and could not store before: the
   * other nodes are to know as soon as anything can be written.
   */
  Records.Stored write(Managed managed, CertificateRecord next, Records.Stored expected)
      throws IOException {
    CertificateRecord record = heeding(managed, next);
    Records.Stored written = records.write(managed.spec(), record, expected.version());
    count(managed.spec().id(), expected.record().job(), record.job());
    saw(managed, record, written.version(), time.instant());
    return written;
  }

  private void saw(Managed managed, CertificateRecord record, Version version, Instant seen) {
    Instant now = record.generation().map(this::now).orElse(seen);
    managed.saw(record.light(now), version, seen, time.nanos());
    managed.record().ifPresent(one -> managed.plan(one, appointment(managed, one)));
    changed.accept(managed);
  }

  /** The wall clock was set: all that is known of times is judged, and planned, anew. */
  void clockWasSet(Managed managed) {
    managed.clockWasSet(time.instant());
    managed.record().ifPresent(one -> managed.plan(one, appointment(managed, one)));
  }

  private void count(String specId, Job before, Job now) {
    if (now.isUnderWay() && !before.isUnderWay()) {
      admission.begun(String.valueOf(now.issuerId()), specId);
    } else if (before.isUnderWay() && !now.isUnderWay()) {
      admission.ended(String.valueOf(before.issuerId()), specId);
    }
  }

  /** Keeps a copy of a record that is damaged, before it is overwritten. */
  void keepDamaged(Managed managed, Records.Stored damaged) throws IOException {
    records.keepDamaged(managed.spec(), damaged.version());
  }

  /** Returns when this version of the record was first seen. */
  private Instant adopt(Managed managed, Records.Stored stored) {
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

  private void tellLoaded(Managed managed, Credential credential) {
    announcer.tell(new AutoTlsEvent.Loaded(time.instant(), managed.spec(), credential.notAfter()));
  }

  /**
   * Serves what visitors are to get, by what was read or written last.
   *
   * @return that, if it is not what they got before
   */
  Optional<Credential> serve(Managed managed) {
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
  Optional<Generation> inService(Managed managed, CertificateRecord record) {
    return record
        .generation()
        .filter(current -> managed.credential().equals(Optional.of(current.credential())))
        .filter(current -> !current.mayBeDatedByNode() || current.hasBegun(now(current)))
        .or(() -> record.generation().flatMap(current -> record.inService(now(current))));
  }

  /** The present by the clock of who issued it, if that is known: ours may be wrong. */
  Instant now(Generation generation) {
    return clocks.now(generation);
  }

  /** When to look, by our clock, whether a certificate has begun that had not. */
  Instant begins(Generation generation) {
    Duration left = Duration.between(now(generation), generation.credential().notBefore());
    return time.instant().plus(left.isNegative() || left.isZero() ? A_MOMENT : left);
  }

  /** A certificate may have begun that was awaited. */
  void handOver(Managed managed) {
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
    Renewal planned = record.renewal();
    if (current == null || planned == null) {
      return record;
    }
    Instant now = now(current);
    boolean agrees = clocks.agrees(current.issuerId());
    boolean awaited = record.isAwaited(now);
    Renewal renewal = planned;
    if (!current.hasBegun(now) && (awaited || agrees || current.mayBeDatedByNode())) {
      renewal = RenewalSchedule.untilItBegins(planned, current, awaited ? record.previous() : null);
    } else if (current.credential().notAfter().isBefore(now)
        && (agrees || planned.hasty() == 0 && !clocks.knows(current.issuerId()))) {
      renewal = RenewalSchedule.ofEnded(planned, current);
    }
    return renewal.equals(planned) ? record : record.with(renewal);
  }

  /** When to take the next step for a record, and whom it is going to ask. */
  Appointment appointment(Managed managed, CertificateRecord seen) {
    CertificateRecord record = bridged(seen);
    Instant due = issuers.dueAt(managed.spec(), record);
    Instant replaceable = time.instant().plus(leastService(managed, record));
    return new Appointment(
        due.isBefore(replaceable) ? replaceable : due,
        lane(record),
        issuers.channel(managed.spec(), record));
  }

  /**
   * How long this node has to leave the certificate in service yet, whatever the wall clock says.
   */
  private Duration leastService(Managed managed, CertificateRecord record) {
    Generation current = record.current();
    Renewal renewal = record.renewal();
    Managed.Arrival arrival = managed.arrival().orElse(null);
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
          case FOUND -> RenewalSchedule.leastServiceAfterStart(life, renewal.hasty());
          case REPLACES -> RenewalSchedule.leastService(life, renewal.hasty());
        };
    Duration served = Duration.ofNanos(time.nanos() - arrival.at());
    return served.compareTo(least) < 0 ? least.minus(served) : Duration.ZERO;
  }

  private Lane lane(CertificateRecord record) {
    Instant now = time.instant();
    Generation current = record.current();
    if (current == null) {
      return record.job().lastProblem() == null ? Lane.FIRST : Lane.AGAIN;
    }
    Renewal renewal = record.renewal();
    boolean revoked =
        renewal != null
            && renewal.because() == Renewal.Because.WINDOW_PASSED
            && renewal.hasty() == 0;
    return revoked || RenewalSchedule.isUrgent(current, now) ? Lane.URGENT : Lane.ROUTINE;
  }
}

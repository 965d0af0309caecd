package io.autotls.internal.issuance;

import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.StoredTimes;
import io.autotls.internal.time.Due;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Progress.Asks;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * What this node knows of records: whatever is read or written is remembered, the next step is
 * planned by it, and a credential that is new to this node is served.
 *
 * <p>What another node wrote comes in by one way, whoever read it: it is adopted.
 */
public final class CertificateRepository {
  private final RecordStore records;
  private final StepScheduler scheduler;
  private final KeyringUpdater keyring;
  private final AdmissionControl admission;
  private final ClockComparison clocks;
  private final TimeSource time;
  private final CertificateListener listener;

  public CertificateRepository(
      RecordStore records,
      StepScheduler scheduler,
      KeyringUpdater keyring,
      AdmissionControl admission,
      ClockComparison clocks,
      TimeSource time,
      CertificateListener listener) {
    this.records = records;
    this.scheduler = scheduler;
    this.keyring = keyring;
    this.admission = admission;
    this.clocks = clocks;
    this.time = time;
    this.listener = listener;
  }

  /** Reads a record, whatever is known of it. */
  public RecordStore.Stored read(ManagedCertificate managed) throws IOException {
    RecordStore.Stored stored = records.read(managed.spec(), time.instant());
    Instant seen = adopt(managed, stored);
    CertificateRecord believed =
        scheduler.withRenewalOfUnusable(StoredTimes.believed(stored.record(), seen));
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
    if (hasUnstoredRetryAfter(managed)) {
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

  private boolean hasUnstoredRetryAfter(ManagedCertificate managed) {
    return managed.unstoredRetryAfter().filter(one -> !one.left(time.nanos()).isZero()).isPresent();
  }

  /** The record with what this node heard and could not store. */
  CertificateRecord withUnstoredRetryAfter(ManagedCertificate managed, CertificateRecord record) {
    return managed
        .unstoredRetryAfter()
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
    Instant now = record.generation().map(clocks::now).orElse(seen);
    managed.saw(record.withoutSecrets(now), version, seen, time.nanos());
    managed.record().ifPresent(one -> managed.plan(one, scheduler.schedule(managed, one)));
    listener.recordChanged(managed);
  }

  /** The wall clock was set: all that is known of times is judged, and planned, anew. */
  public void clockWasSet(ManagedCertificate managed) {
    managed.clockWasSet(time.instant());
    managed.record().ifPresent(one -> managed.plan(one, scheduler.schedule(managed, one)));
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
    boolean left = record.job().isLeftToNewerNodes();
    if (record.current() == null && managed.served().isPresent() && !left) {
      return time.instant(); // whatever happened to the storage, the one in memory still works
    }
    boolean isNewlyLeft = left && !managed.isLeftToNewerNodes();
    Instant seen = managed.seenAt(stored.version()).orElseGet(time::instant);
    clocks.wroteAhead(managed.aheadOfNews(record, stored.version(), seen));
    saw(managed, record, stored.version(), seen);
    keyring.updateFromStorage(managed);
    if (isNewlyLeft) {
      listener.leftToNewerNodes(managed);
    }
    return seen;
  }
}

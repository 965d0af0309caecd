package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.NameFailures;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Progress;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The steps of an attempt: each goes from one stored record to the next. */
public final class IssuanceSteps {
  private static final Logger log = LoggerFactory.getLogger(IssuanceSteps.class);

  private final NodeServices node;
  private final IssuerSelection issuers;
  private final IssuerCalls calls;
  private final CertificateRepository repository;
  private final CertificateInstaller installer;
  private final FailurePolicy failurePolicy;
  private final BlockedCertificates blocked;
  private final TimeSource time;
  private final EventDispatcher events;

  /**
   * What a step came to.
   *
   * @param stored what is stored now
   * @param schedule when to go on; null for at once
   * @param resumes whether the next step may have been taken before
   */
  record Step(RecordStore.Stored stored, @Nullable Schedule schedule, boolean resumes) {
    Step(RecordStore.Stored stored, @Nullable Schedule schedule) {
      this(stored, schedule, false);
    }
  }

  /**
   * Creates the steps.
   *
   * @param blocked where to put what waits for something outside
   */
  public IssuanceSteps(
      NodeServices node,
      IssuerSelection issuers,
      IssuerCalls calls,
      CertificateRepository repository,
      CertificateInstaller installer,
      FailurePolicy failurePolicy,
      BlockedCertificates blocked) {
    this.node = node;
    this.issuers = issuers;
    this.calls = calls;
    this.repository = repository;
    this.installer = installer;
    this.failurePolicy = failurePolicy;
    this.blocked = blocked;
    this.time = node.time();
    this.events = node.events();
  }

  /** Whether the issuer of an attempt is configured here. */
  boolean knowsIssuerOf(CertificateSpec spec, Job job) {
    return issuers.isConfigured(spec, job.issuerId());
  }

  /**
   * Takes the next step of an attempt.
   *
   * @param resumed whether this step may have been tried before
   * @param held whether nobody else can have taken over
   */
  Step advance(
      ManagedCertificate managed, RecordStore.Stored stored, boolean resumed, BooleanSupplier held)
      throws IOException {
    CertificateSpec spec = managed.spec();
    CertificateRecord record = stored.record();
    Issuer issuer = issuers.find(spec, String.valueOf(record.job().issuerId())).orElse(null);
    if (issuer == null) {
      // The configuration changed under an attempt: its issuer is not ours any more, or not yet.
      return again(managed, stored, record.with(record.job().leftToOthers(time.instant())));
    }
    Duration left = unstoredRetryAfter(managed, issuer);
    if (!left.isZero()) {
      // Another node went on meanwhile, and did not hear what this one did.
      return new Step(stored, managed.schedule().at(time.instant().plus(left)));
    }
    Issuance issuance = issuance(spec, record, issuer, resumed, held);
    long look = blocked.look();
    try {
      if (issuers.isToBeGivenUp(spec, record)) {
        throw calls.unwell(issuer);
      }
      Progress progress = calls.take(issuer, issuance, spec, record.job().asks());
      if (progress instanceof Progress.Issued issued) {
        managed.waitsNoMore();
        managed.unblock();
        RecordStore.Stored written = installer.publish(managed, stored, issuer, issued);
        return new Step(written, managed.schedule());
      } else if (progress instanceof Progress.Blocked waits) {
        RecordStore.Stored remembered = remember(managed, stored, waits.state());
        return new Step(remembered, blocked.block(managed, waits.reason(), look));
      }
      return advanced(managed, stored, (Progress.Continue) progress);
    } catch (IssuerException e) {
      return failed(managed, stored, issuer, issuance, e);
    }
  }

  /** Whoever takes the step when it can be taken finds it due, and what was learnt so far. */
  private RecordStore.Stored remember(
      ManagedCertificate managed, RecordStore.Stored stored, Map<String, String> state)
      throws IOException {
    Job job = stored.record().job();
    return job.state().equals(state)
        ? stored
        : repository.write(managed, stored.record().with(job.remembering(state)), stored);
  }

  private Duration unstoredRetryAfter(ManagedCertificate managed, Issuer issuer) {
    return managed
        .unstoredRetryAfter()
        .filter(one -> one.issuer().equals(issuer.id()))
        .map(one -> one.left(time.nanos()))
        .orElse(Duration.ZERO);
  }

  private Step again(
      ManagedCertificate managed, RecordStore.Stored stored, CertificateRecord record)
      throws IOException {
    RecordStore.Stored written = repository.write(managed, record, stored);
    return new Step(written, managed.schedule().at(time.instant()));
  }

  private Issuance issuance(
      CertificateSpec spec,
      CertificateRecord record,
      Issuer issuer,
      boolean resumed,
      BooleanSupplier held) {
    Job job = record.job();
    Issuance.Builder issuance =
        job.pendingPair()
            .map(pair -> Issuance.builder(spec.id(), spec.names(), pair))
            .orElseGet(() -> Issuance.builder(spec.id(), spec.names()))
            .keyType(spec.keyType().configName())
            .profiles(spec.profiles())
            .state(job.state())
            .attempt(job.attempt())
            .heldWhile(held);
    Generation current = record.current();
    if (current != null && current.issuerId().equals(issuer.id())) {
      issuance.replaces(current.credential().leaf(), reason(record));
    }
    return resumed ? issuance.resumed().build() : issuance.build();
  }

  private Issuance.Reason reason(CertificateRecord record) {
    RenewalPlan.Window window = record.renewal() == null ? null : record.renewal().window();
    return window != null && window.isOpen(time.instant())
        ? Issuance.Reason.SUGGESTED_RENEWAL
        : Issuance.Reason.RENEWAL;
  }

  private Step advanced(
      ManagedCertificate managed, RecordStore.Stored stored, Progress.Continue progress)
      throws IOException {
    managed.unblock();
    Instant due = time.instant().plus(progress.delay());
    managed
        .waits(time.nanos())
        .ifPresent(
            waited ->
                log.info(
                    "{}: still waits for {}, {}.",
                    managed.spec(),
                    issuers.displayName(
                        managed.spec(), String.valueOf(stored.record().job().issuerId())),
                    Messages.length(waited)));
    Job job =
        stored
            .record()
            .job()
            .advanced(progress.state(), progress.stage(), due)
            .asking(progress.asks());
    RecordStore.Stored written = repository.write(managed, stored.record().with(job), stored);
    boolean sameTurn = progress.asks() == stored.record().job().asks();
    return new Step(written, progress.delay().isZero() && sameTurn ? null : managed.schedule());
  }

  private Step failed(
      ManagedCertificate managed,
      RecordStore.Stored stored,
      Issuer issuer,
      Issuance issuance,
      IssuerException failure)
      throws IOException {
    if (endedWithThisNode(failure)) {
      return new Step(stored, managed.schedule());
    }
    managed.waitsNoMore();
    managed.unblock();
    failure
        .retryAfter()
        .ifPresent(wait -> managed.heardRetryAfter(issuer.id(), wait, time.nanos()));
    CertificateRecord record = stored.record();
    FailurePolicy.Verdict verdict =
        failurePolicy.after(managed.spec(), record, issuer, issuance.isResumed(), failure);
    if (verdict.abandonsOrderOf(issuer.id())) {
      abandon(issuer, issuance);
    }
    if (endedWithThisNode(failure)) { // which may have happened meanwhile
      return new Step(stored, managed.schedule());
    }
    CertificateRecord next =
        record.with(verdict.job()).with(verdict.names()).with(verdict.extras());
    RecordStore.Stored written = repository.write(managed, next, stored);
    managed.storedRetryAfter(issuer.id());
    events.tell(new AutoTlsEvent.Failed(time.instant(), managed.spec(), verdict.problem()));
    tellLeftOut(managed.spec(), record.names(), verdict.names());
    return new Step(written, managed.schedule());
  }

  /** A CA that named a time has answered: that is no failure of a node that stops, and is kept. */
  private boolean endedWithThisNode(IssuerException failure) {
    return node.shutdown().isBegun() && failure.retryAfter().isEmpty();
  }

  private void tellLeftOut(CertificateSpec spec, NameFailures before, NameFailures now) {
    if (!now.leftOut().equals(before.leftOut())) {
      now.remainder(spec)
          .ifPresent(
              others ->
                  events.tell(
                      new AutoTlsEvent.NamesLeftOut(time.instant(), spec, now.leftOut(), others)));
    }
  }

  private static void abandon(Issuer issuer, Issuance issuance) {
    try {
      issuer.abandon(issuance);
    } catch (IOException | RuntimeException e) {
      log.debug("cannot tidy up after {}", issuance, e); // the daily sweep does it
    }
  }
}

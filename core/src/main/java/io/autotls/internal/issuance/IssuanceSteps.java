package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.engine.Engine;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Resource;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.ExtraTries;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.NameFailures;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.internal.text.Keys;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.LeaseLostException;
import io.autotls.spi.Progress;
import io.autotls.spi.Progress.Asks;
import io.autotls.spi.Readiness;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The steps of an issuance: each goes from one stored record to the next. */
public final class IssuanceSteps {
  private static final Logger log = LoggerFactory.getLogger(IssuanceSteps.class);

  private static final Duration LOOK_AGAIN_WHEN_BLOCKED = Duration.ofMinutes(1);

  private final TimeSource time;
  private final SecureRandom random;
  private final IssuerSelection issuers;
  private final CircuitBreakers breakers;
  private final StartBrake startBrake;
  private final CertificateRepository repository;
  private final FailurePolicy failurePolicy;
  private final CertificateInstaller installer;
  private final Messages messages;
  private final EventDispatcher events;
  private final BlockedCertificates blocked;
  private final Shutdown shutdown;
  private final Consumer<String> gateMoved;

  /**
   * What a step came to.
   *
   * @param stored what is stored now
   * @param schedule when to go on; null for at once
   * @param resumes whether the next step may have been taken before
   */
  record Step(RecordStore.Stored stored, @Nullable Schedule schedule, boolean resumes) {
    private Step(RecordStore.Stored stored, @Nullable Schedule schedule) {
      this(stored, schedule, false);
    }
  }

  /**
   * Creates the steps.
   *
   * @param blocked where to put what waits for something outside
   * @param shutdown whether failures mean anything
   * @param gateMoved called with an issuer that turned out to be unwell, or well again
   */
  public IssuanceSteps(
      Engine.Parts parts,
      IssuerSelection issuers,
      CircuitBreakers breakers,
      StartBrake startBrake,
      CertificateRepository repository,
      ClockComparison clocks,
      EventDispatcher events,
      BlockedCertificates blocked,
      Shutdown shutdown,
      Consumer<String> gateMoved) {
    this.time = parts.time();
    this.random = parts.random();
    this.issuers = issuers;
    this.breakers = breakers;
    this.startBrake = startBrake;
    this.repository = repository;
    this.failurePolicy =
        new FailurePolicy(issuers, new RetryPolicy(parts.random()), parts.time(), parts.names());
    this.installer = new CertificateInstaller(repository, parts.time(), clocks, events);
    this.messages = new Messages(parts.time());
    this.events = events;
    this.blocked = blocked;
    this.shutdown = shutdown;
    this.gateMoved = gateMoved;
  }

  /**
   * Looks whether this node lacks something for the next step, before it takes the lease: another
   * node may be able to take that step, and must not find the lease taken.
   *
   * @return when to look again; null if the step can be taken
   */
  @Nullable Schedule obstacle(ManagedCertificate managed) {
    CertificateRecord record = managed.record().orElse(null);
    if (record == null) {
      return null;
    }
    CertificateRecord wished = wished(managed, record, time.instant());
    Issuer issuer = nextIssuer(managed.spec(), wished);
    if (issuer == null) {
      return null;
    }
    long look = blocked.look();
    return issuer.readiness(managed.spec().names(), record.job().state())
            instanceof Readiness.NotReady notReady
        ? blocked(managed, notReady.reason(), look)
        : null;
  }

  /** Whom the next step asks; null if that is not certain, or nobody now. */
  private @Nullable Issuer nextIssuer(CertificateSpec spec, CertificateRecord record) {
    Job job = record.job();
    if (job.isUnderWay()) {
      return issuers.isToBeGivenUp(spec, record)
          ? null
          : issuers.find(spec, String.valueOf(job.issuerId())).orElse(null);
    }
    Instant now = time.instant();
    return issuers
        .choose(spec, record, now)
        .filter(choice -> !choice.from().isAfter(now))
        .map(IssuerSelection.Choice::issuer)
        .orElse(null);
  }

  /** Stores the key and the issuer of a new attempt, before anybody hears of either. */
  Step begin(ManagedCertificate managed, RecordStore.Stored stored) throws IOException {
    Instant now = time.instant();
    CertificateRecord record =
        repository.withUnstoredRetryAfter(managed, wished(managed, stored.record(), now));
    Optional<IssuerSelection.Choice> choice = issuers.choose(managed.spec(), record, now);
    if (choice.isEmpty()) {
      managed.granted();
      return issuers.areAllStepsBack(managed.spec(), record, now)
          ? nobodyIsGoodEnough(managed, stored)
          : comesBack(managed, stored); // it is early
    }
    if (choice.get().from().isAfter(now)) {
      return waits(managed, stored, choice.get());
    }
    Issuer issuer = choice.get().issuer();
    Duration brake = startBrake.waitOf(managed, record, issuer);
    if (!brake.isZero() && !managed.isForced()) {
      return new Step(stored, repository.schedule(managed, record).at(now.plus(brake)));
    }
    tellSwitch(managed.spec(), record, issuer);
    Optional<Job> before = laidAside(managed, record, issuer, now);
    Job job = before.orElseGet(() -> record.job().begin(issuer.id(), key(managed, record), now));
    managed.granted();
    return new Step(repository.write(managed, record.with(job), stored), null, before.isPresent());
  }

  /**
   * Goes on with an attempt that is stored. If it only does so because this node was started, that
   * is written down first: a process that crashes right after must not begin anew each time.
   */
  Step resume(ManagedCertificate managed, RecordStore.Stored stored) throws IOException {
    Instant now = time.instant();
    CertificateRecord record = stored.record();
    boolean extra = managed.isRestarted() && record.job().due().isAfter(now);
    managed.granted(); // the attempt that is wished for is under way
    if (!extra) {
      return new Step(stored, null, true);
    }
    CertificateRecord counted = record.with(record.extras().granted(ExtraTries.Cause.START, now));
    return new Step(repository.write(managed, counted, stored), null, true);
  }

  /** The record as somebody wants it who does not wait until it is due. */
  private static CertificateRecord wished(
      ManagedCertificate managed, CertificateRecord record, Instant now) {
    if (!managed.isWishedFor(now)) {
      return record;
    }
    if (managed.isRestarted()) {
      return record
          .with(record.job().freed())
          .with(record.extras().granted(ExtraTries.Cause.START, now));
    } else if (!managed.isForced()) {
      return record;
    }
    RenewalPlan renewal = record.renewal();
    CertificateRecord wanted = renewal == null ? record : record.with(renewal.wished(now));
    return wanted.with(wanted.job().released(now));
  }

  /** The attempt with that issuer that can be taken up again. */
  private static Optional<Job> laidAside(
      ManagedCertificate managed, CertificateRecord record, Issuer issuer, Instant now) {
    boolean ofRevokedKey = managed.spec().reusesKey() && isRevoked(managed, record);
    return ofRevokedKey ? Optional.empty() : record.job().takeUp(issuer.id(), now);
  }

  /**
   * Behind a closed gate it keeps its place in the line; for a time that was named it comes back.
   */
  private Step waits(
      ManagedCertificate managed, RecordStore.Stored stored, IssuerSelection.Choice choice) {
    String issuer = choice.issuer().id();
    Due from = breakers.closedFor(issuer).isZero() ? choice.from() : Due.at(time.instant());
    Priority priority = repository.schedule(managed, stored.record()).priority();
    return new Step(stored, new Schedule(from, priority, Resource.beginnings(issuer)));
  }

  private Step comesBack(ManagedCertificate managed, RecordStore.Stored stored) {
    Schedule present = repository.schedule(managed, stored.record());
    return new Step(stored, present.at(notBefore(present.due(), LOOK_AGAIN_WHEN_BLOCKED)));
  }

  private Step nobodyIsGoodEnough(ManagedCertificate managed, RecordStore.Stored stored) {
    Due due = issuers.dueAt(managed.spec(), stored.record());
    String reason =
        "no issuer is configured whose certificates are as good as the one in service; "
            + messages.serving(stored.record().current());
    if (managed.block(reason)) {
      Problem problem =
          new Problem(
              time.instant(),
              "No issuer is configured whose certificates are as good as the one in service.",
              messages.serving(stored.record().current()) + "; " + Moments.attempt(due) + ".",
              due.toPublic(),
              "configure the CA that issued it, or one that is as good.");
      events.tell(new AutoTlsEvent.Failed(time.instant(), managed.spec(), problem));
    }
    return new Step(stored, Schedule.of(notBefore(due, LOOK_AGAIN_WHEN_BLOCKED), Priority.ROUTINE));
  }

  private Due notBefore(Due due, Duration atLeast) {
    return due.notBefore(time.instant().plus(atLeast));
  }

  private void tellSwitch(CertificateSpec spec, CertificateRecord record, Issuer to) {
    String before = record.job().issuerId();
    if (before == null && record.current() != null) {
      before = record.current().issuerId();
    }
    if (before != null && !before.equals(to.id())) {
      String from = issuers.displayName(spec, before);
      events.tell(new AutoTlsEvent.IssuerSwitched(time.instant(), spec, from, to.displayName()));
    }
  }

  /** A new key each time; the same only if that is wanted, and the CA has nothing against it. */
  private KeyPair key(ManagedCertificate managed, CertificateRecord record) {
    Generation current = record.current();
    if (managed.spec().reusesKey() && current != null && !isRevoked(managed, record)) {
      return new KeyPair(
          current.credential().leaf().getPublicKey(), current.credential().privateKey());
    }
    return Keys.generate(managed.spec().keyType(), random);
  }

  private static boolean isRevoked(ManagedCertificate managed, CertificateRecord record) {
    RenewalPlan renewal = record.renewal();
    boolean asked =
        record
            .generation()
            .filter(one -> managed.avoids(one.credential().leaf().getPublicKey()))
            .isPresent();
    return asked || (renewal != null && renewal.because() == RenewalPlan.Because.WINDOW_PASSED);
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
    Duration silence = silence(managed, issuer);
    if (!silence.isZero()) {
      // Another node went on meanwhile, and did not hear what this one did.
      return new Step(stored, managed.schedule().at(time.instant().plus(silence)));
    }
    Issuance issuance = issuance(spec, record, issuer, resumed, held);
    long look = blocked.look();
    try {
      if (issuers.isToBeGivenUp(spec, record)) {
        throw unwell(issuer);
      }
      Progress progress = take(issuer, issuance, spec, record.job().asks());
      if (progress instanceof Progress.Issued issued) {
        managed.waitsNoMore();
        managed.unblock();
        RecordStore.Stored written = installer.publish(managed, stored, issuer, issued.chain());
        return new Step(written, managed.schedule());
      } else if (progress instanceof Progress.Blocked waits) {
        return new Step(stored, blocked(managed, waits.reason(), look));
      }
      return advanced(managed, stored, (Progress.Continue) progress);
    } catch (IssuerException e) {
      return failed(managed, stored, issuer, issuance, e);
    }
  }

  private Duration silence(ManagedCertificate managed, Issuer issuer) {
    return managed
        .silence()
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

  private IssuerException unwell(Issuer issuer) {
    String what = breakers.trouble(issuer.id()).orElse("it has not answered for a while.");
    return new IssuerException(
        IssuerException.Reaction.RETRY_STEP, what, "nothing, if it passes.", null);
  }

  /** Asks the issuer, and notes how it is: what is wrong with one name says nothing about it. */
  private Progress take(Issuer issuer, Issuance issuance, CertificateSpec spec, Asks asks)
      throws IssuerException, IOException {
    try {
      Progress progress = issuer.advance(issuance);
      if (progress instanceof Progress.Issued
          || asks == Asks.ISSUER && isRemote(issuance, progress)) {
        answered(issuer, spec);
      }
      return progress;
    } catch (IssuerException e) {
      if (asks == Asks.ISSUER) {
        note(issuer, spec, issuance, e);
      }
      throw e;
    } catch (ConflictException | LeaseLostException e) {
      throw e;
    } catch (IOException e) {
      throw new IssuerException(
          IssuerException.Reaction.RETRY_STEP,
          "the step could not be taken: " + Messages.failure(e),
          "see the message.",
          e);
    }
  }

  /** The first step may be one that asks nobody: it only looks whether all is ready. */
  private static boolean isRemote(Issuance issuance, Progress progress) {
    return progress instanceof Progress.Continue && !issuance.state().isEmpty();
  }

  private void note(
      Issuer issuer, CertificateSpec spec, Issuance issuance, IssuerException failure) {
    if (shutdown.isBegun()) {
      return; // it is this node that is unwell
    }
    if (failure.reaction() != IssuerException.Reaction.RETRY_STEP) {
      // To wait may be what our own ledger says; everything else comes from the issuer.
      if (failure.reaction() != IssuerException.Reaction.WAIT && !issuance.state().isEmpty()) {
        answered(issuer, spec);
      }
      return;
    }
    String what = String.valueOf(failure.getMessage());
    if (breakers.unwell(issuer.id(), spec.id(), failure.retryAfter(), what)) {
      events.tell(new AutoTlsEvent.IssuerDown(time.instant(), spec, issuer.displayName(), what));
    }
    gateMoved.accept(issuer.id());
  }

  private void answered(Issuer issuer, CertificateSpec spec) {
    CircuitBreakers.Was before = breakers.answered(issuer.id());
    if (before == CircuitBreakers.Was.DOWN) {
      events.tell(new AutoTlsEvent.IssuerBack(time.instant(), spec, issuer.displayName()));
    }
    if (before != CircuitBreakers.Was.WELL) {
      gateMoved.accept(issuer.id());
    }
  }

  private Issuance issuance(
      CertificateSpec spec,
      CertificateRecord record,
      Issuer issuer,
      boolean resumed,
      BooleanSupplier held) {
    Job job = record.job();
    Issuance.Builder issuance =
        Issuance.builder(spec.id(), spec.names(), job.pendingPair().orElseThrow())
            .profile(spec.profile().orElse(null))
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

  /** Nothing is stored, so that whoever can take the step finds it due. */
  private Schedule blocked(ManagedCertificate managed, String reason, long look) {
    if (managed.block(reason)) {
      blocked.report(managed);
    }
    Instant now = time.instant();
    Instant again = blocked.await(managed, look) ? now.plus(LOOK_AGAIN_WHEN_BLOCKED) : now;
    return managed.schedule().at(again);
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
    failure.retryAfter().ifPresent(wait -> managed.heardOf(issuer.id(), wait, time.nanos()));
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
    managed.storedWhatWasHeardOf(issuer.id());
    events.tell(new AutoTlsEvent.Failed(time.instant(), managed.spec(), verdict.problem()));
    tellLeftOut(managed.spec(), record.names(), verdict.names());
    return new Step(written, managed.schedule());
  }

  /** A CA that named a time has answered: that is no failure of a node that stops, and is kept. */
  private boolean endedWithThisNode(IssuerException failure) {
    return shutdown.isBegun() && failure.retryAfter().isEmpty();
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

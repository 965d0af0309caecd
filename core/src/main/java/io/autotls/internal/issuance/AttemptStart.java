package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Resource;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.ExtraAttempts;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.PendingKey;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.text.Keys;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import io.autotls.spi.Issuer;
import io.autotls.spi.Readiness;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt begins, or is taken up again: whether this node could take the step, which issuer
 * is asked, and what is stored before anybody hears of it.
 */
public final class AttemptStart {
  private final NodeServices node;
  private final IssuerSelection issuers;
  private final CircuitBreakers breakers;
  private final StartBrake startBrake;
  private final CertificateRepository repository;
  private final StepScheduler scheduler;
  private final BlockedCertificates blocked;
  private final TimeSource time;
  private final EventDispatcher events;
  private final Messages messages;

  /**
   * Creates it.
   *
   * @param blocked where to put what waits for something outside
   */
  public AttemptStart(
      NodeServices node,
      IssuerSelection issuers,
      CircuitBreakers breakers,
      StartBrake startBrake,
      CertificateRepository repository,
      StepScheduler scheduler,
      BlockedCertificates blocked) {
    this.node = node;
    this.issuers = issuers;
    this.breakers = breakers;
    this.startBrake = startBrake;
    this.repository = repository;
    this.scheduler = scheduler;
    this.blocked = blocked;
    this.time = node.time();
    this.events = node.events();
    this.messages = new Messages(node.time());
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
    CertificateRecord requested = asRequested(managed, record, time.instant());
    Issuer issuer = nextIssuer(managed.spec(), requested);
    if (issuer == null) {
      return null;
    }
    long look = blocked.look();
    return issuer.readiness(managed.spec().names(), record.job().state())
            instanceof Readiness.NotReady notReady
        ? blocked.block(managed, notReady.reason(), look)
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
  IssuanceSteps.Step begin(ManagedCertificate managed, RecordStore.Stored stored)
      throws IOException {
    Instant now = time.instant();
    CertificateRecord record =
        repository.withUnstoredRetryAfter(managed, asRequested(managed, stored.record(), now));
    Optional<IssuerSelection.Choice> choice = issuers.choose(managed.spec(), record, now);
    if (choice.isEmpty()) {
      managed.requestFulfilled();
      return issuers.areAllStepsBack(managed.spec(), record, now)
          ? nobodyIsGoodEnough(managed, stored)
          : comesBack(managed, stored); // it is early
    }
    if (choice.get().from().isAfter(now)) {
      return waits(managed, stored, choice.get());
    }
    Issuer issuer = choice.get().issuer();
    Duration brake = startBrake.waitOf(managed, record, issuer);
    if (!brake.isZero() && !managed.isRenewalRequested()) {
      return new IssuanceSteps.Step(
          stored, scheduler.schedule(managed, record).at(now.plus(brake)));
    }
    tellSwitch(managed.spec(), record, issuer);
    Optional<Job> before = laidAside(managed, record, issuer, now);
    Job job =
        before.orElseGet(() -> record.job().begin(issuer.id(), key(managed, record, issuer), now));
    managed.requestFulfilled();
    return new IssuanceSteps.Step(
        repository.write(managed, record.with(job), stored), null, before.isPresent());
  }

  /**
   * Goes on with an attempt that is stored. If it only does so because this node was started, that
   * is written down first: a process that crashes right after must not begin anew each time.
   */
  IssuanceSteps.Step resume(ManagedCertificate managed, RecordStore.Stored stored)
      throws IOException {
    Instant now = time.instant();
    CertificateRecord record = stored.record();
    boolean extra = managed.isRequestedByRestart() && record.job().due().isAfter(now);
    managed.requestFulfilled(); // the attempt is under way
    if (!extra) {
      return new IssuanceSteps.Step(stored, null, true);
    }
    CertificateRecord counted =
        record.with(record.extras().oneMore(ExtraAttempts.Cause.START, now));
    return new IssuanceSteps.Step(repository.write(managed, counted, stored), null, true);
  }

  /** The record as somebody wants it who does not wait until it is due. */
  private static CertificateRecord asRequested(
      ManagedCertificate managed, CertificateRecord record, Instant now) {
    if (!managed.isStepRequested(now)) {
      return record;
    }
    if (managed.isRequestedByRestart()) {
      return record
          .with(record.job().freed())
          .with(record.extras().oneMore(ExtraAttempts.Cause.START, now));
    } else if (!managed.isRenewalRequested()) {
      return record;
    }
    RenewalPlan renewal = record.renewal();
    CertificateRecord wanted = renewal == null ? record : record.with(renewal.wished(now));
    Job job = wanted.job();
    return wanted.with(managed.isRequestedByRevocation() ? job.freed() : job.released(now));
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
  private IssuanceSteps.Step waits(
      ManagedCertificate managed, RecordStore.Stored stored, IssuerSelection.Choice choice) {
    String issuer = choice.issuer().id();
    Due from = breakers.closedFor(issuer).isZero() ? choice.from() : Due.at(time.instant());
    Priority priority = scheduler.schedule(managed, stored.record()).priority();
    return new IssuanceSteps.Step(
        stored, new Schedule(from, priority, Resource.beginnings(issuer)));
  }

  private IssuanceSteps.Step comesBack(ManagedCertificate managed, RecordStore.Stored stored) {
    Schedule present = scheduler.schedule(managed, stored.record());
    return new IssuanceSteps.Step(
        stored, present.at(notBefore(present.due(), BlockedCertificates.LOOK_AGAIN)));
  }

  private IssuanceSteps.Step nobodyIsGoodEnough(
      ManagedCertificate managed, RecordStore.Stored stored) {
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
    return new IssuanceSteps.Step(
        stored, Schedule.of(notBefore(due, BlockedCertificates.LOOK_AGAIN), Priority.ROUTINE));
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
  private PendingKey key(ManagedCertificate managed, CertificateRecord record, Issuer issuer) {
    if (issuer.keyOrigin() == Issuer.KeyOrigin.ISSUER) {
      return new PendingKey.MadeByIssuer();
    }
    return new PendingKey.Present(pair(managed, record));
  }

  private KeyPair pair(ManagedCertificate managed, CertificateRecord record) {
    Generation current = record.current();
    if (managed.spec().reusesKey() && current != null && !isRevoked(managed, record)) {
      return new KeyPair(
          current.credential().leaf().getPublicKey(), current.credential().privateKey());
    }
    return Keys.generate(managed.spec().keyType(), node.random());
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
}

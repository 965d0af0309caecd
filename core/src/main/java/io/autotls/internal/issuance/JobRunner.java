package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.Role;
import io.autotls.internal.cluster.Leases;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Key;
import io.autotls.spi.LeaseLostException;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what is due for one record: takes its lease, reads it again, and takes one step after the
 * other as long as nothing has to be waited for. A step begins only from what is stored, so a crash
 * anywhere resumes from the last write.
 *
 * <p>Keeps nothing of its own; safe for use by many threads, on different records.
 */
public final class JobRunner {
  private static final Logger log = LoggerFactory.getLogger(JobRunner.class);

  private static final Duration LOOK_AGAIN_AFTER_CONFLICT = Duration.ofMillis(250);

  /** A node that knows the issuer of an attempt may be about to take its next step. */
  private static final Duration RECONFIGURED_PAUSE = Duration.ofMinutes(2);

  private final NodeServices node;
  private final TimeSource time;
  private final EventDispatcher events;
  private final Leases leases;
  private final CertificateRepository repository;
  private final AttemptStart start;
  private final IssuanceSteps steps;
  private final StartReview review;
  private final Role role;
  private final RetryPolicy retries;
  private final Messages messages;

  public JobRunner(
      NodeServices node,
      Role role,
      Leases leases,
      CertificateRepository repository,
      AttemptStart start,
      IssuanceSteps steps,
      StartReview review) {
    this.node = node;
    this.time = node.time();
    this.events = node.events();
    this.role = role;
    this.leases = leases;
    this.repository = repository;
    this.start = start;
    this.steps = steps;
    this.review = review;
    this.retries = new RetryPolicy(node.random());
    this.messages = new Messages(node.time());
  }

  /** Reads a record for the first time; null if there is nothing more to do, as for followers. */
  public @Nullable Schedule load(ManagedCertificate managed) {
    try {
      RecordStore.Stored stored = repository.read(managed);
      if (role == Role.FOLLOWER) {
        return null;
      }
      if (stored.damage() != null) {
        reportDamage(managed.spec(), stored);
      }
      Job job = stored.record().job();
      if (job.isUnderWay() && !steps.knowsIssuerOf(managed.spec(), job)) {
        managed.requestAfterReconfiguration(
            time.instant().plus(RECONFIGURED_PAUSE), job.issuerId());
      }
      review.of(managed, stored.record());
      return managed.schedule();
    } catch (IOException | UncheckedIOException e) {
      return storageFailed(managed, e);
    } catch (Throwable e) { // also an Error of a plug-in: it must not end the start
      return crashed(managed, e);
    }
  }

  /** Does what is due, and says when to come back. */
  Schedule work(ManagedCertificate managed) {
    try {
      Schedule obstacle = isDue(managed) ? start.obstacle(managed) : null;
      if (obstacle != null) {
        return obstacle;
      }
      Key key = RecordStore.key(managed.spec());
      Optional<Leases.Lease> lease = leases.acquire(key);
      if (lease.isEmpty()) {
        return in(managed, leases.retryIn(key));
      }
      try {
        Schedule next = workWithLease(managed, lease.get());
        managed.worked();
        return next;
      } finally {
        lease.get().release();
      }
    } catch (ConflictException | LeaseLostException e) {
      // Another node was faster, and what it wrote is as good as ours: read it.
      return in(managed, LOOK_AGAIN_AFTER_CONFLICT);
    } catch (IOException e) {
      return storageFailed(managed, e);
    } catch (Throwable e) { // whatever a plug-in throws: people see it, and the work goes on
      return crashed(managed, e);
    }
  }

  private Schedule workWithLease(ManagedCertificate managed, Leases.Lease lease)
      throws IOException {
    RecordStore.Stored stored = repository.read(managed);
    if (stored.record().job().isLeftToNewerNodes()) {
      managed.requestFulfilled(); // whoever asked is told why there is no step
      return managed.schedule();
    }
    if (!isDue(managed) || node.shutdown().isBegun()) {
      return managed.schedule();
    }
    IssuanceSteps.Step step;
    if (stored.record().job().isUnderWay()) {
      step = start.resume(managed, stored);
    } else {
      if (stored.damage() != null) {
        repository.keepDamaged(managed, stored);
      }
      step = start.begin(managed, stored);
    }
    while (step.schedule() == null && lease.isHeld() && !node.shutdown().isBegun()) {
      step = steps.advance(managed, step.stored(), step.resumes(), lease::isHeld);
    }
    Schedule next = step.schedule();
    return next != null ? next : in(managed, Duration.ZERO); // with a fresh lease, if we get it
  }

  private boolean isDue(ManagedCertificate managed) {
    Instant now = time.instant();
    return managed.isStepRequested(now) || !managed.schedule().due().isAfter(now);
  }

  private Schedule crashed(ManagedCertificate managed, Throwable e) {
    if (node.shutdown().isBegun()) {
      log.debug("{}: work ended with this node", managed.spec(), e);
      return managed.schedule();
    }
    Instant next = time.instant().plus(retries.crash(managed.crashedOnceMore()));
    log.error("{}: a step failed in a way that nobody foresaw; for a report:", managed.spec(), e);
    Problem problem =
        new Problem(
            time.instant(),
            "A step failed in a way that nobody foresaw: " + Messages.failure(e),
            messages.serving(current(managed)) + "; " + Moments.attempt(Due.at(next)) + ".",
            next,
            Messages.REPORT);
    managed.failed(new NodeFailure(NodeFailure.Kind.STEP, problem));
    events.tell(new AutoTlsEvent.Failed(time.instant(), managed.spec(), problem));
    return managed.schedule().at(next);
  }

  private void reportDamage(CertificateSpec spec, RecordStore.Stored stored) {
    Problem problem =
        new Problem(
            time.instant(),
            "The record "
                + RecordStore.key(spec)
                + " in "
                + node.storage().location()
                + " cannot be read whole: "
                + stored.damage()
                + ".",
            messages.serving(stored.record().current())
                + ", a copy of the damaged record is kept under damaged/"
                + spec.id()
                + ", and a new certificate is ordered now.",
            time.instant(),
            "find out what wrote there; nothing else.");
    events.tell(new AutoTlsEvent.Failed(time.instant(), spec, problem));
  }

  private Schedule storageFailed(ManagedCertificate managed, Exception e) {
    if (node.shutdown().isBegun()) {
      log.debug("{}: work ended with this node", managed.spec(), e);
      return managed.schedule();
    }
    int failures = managed.storageFailedOnceMore();
    Instant next = time.instant().plus(retries.storage(failures));
    Problem problem =
        new Problem(
            time.instant(),
            "The storage " + node.storage().location() + " failed: " + Messages.failure(e),
            messages.serving(current(managed))
                + "; nothing is ordered before the storage works; next look at "
                + Moments.seconds(next)
                + ".",
            next,
            "make the storage work: see the message.");
    managed.failed(new NodeFailure(NodeFailure.Kind.STORAGE, problem));
    // The 1st, 2nd, 4th, 8th …: a store that is down says little.
    if (Integer.bitCount(failures) == 1) {
      events.tell(new AutoTlsEvent.Failed(time.instant(), managed.spec(), problem));
    }
    return managed.schedule().at(next);
  }

  private static @Nullable Generation current(ManagedCertificate managed) {
    return managed.record().flatMap(CertificateRecord::generation).orElse(null);
  }

  private Schedule in(ManagedCertificate managed, Duration delay) {
    return managed.schedule().at(time.instant().plus(delay));
  }
}

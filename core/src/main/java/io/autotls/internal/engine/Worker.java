package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.engine.Agenda.Appointment;
import io.autotls.internal.text.Keys;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.Progress;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what is due for one record: takes its lease, reads it again, advances the job step by step,
 * and writes it after each. A step begins only from what is stored, so a crash anywhere resumes
 * from the last write.
 *
 * <p>Keeps nothing of its own; safe for use by many threads, on different records.
 */
final class Worker {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private static final Duration LOOK_AGAIN_WHEN_BLOCKED = Duration.ofMinutes(1);
  private static final Duration LOOK_AGAIN_AFTER_CONFLICT = Duration.ofMillis(250);

  /** Whoever was told what to mend restarts the application to see whether it helped. */
  private static final Duration OPERATOR_RESTART_PAUSE = Duration.ofMinutes(10);

  private static final int ATTEMPTS_PER_ISSUER = 2;
  private static final int STEP_FAILURES_PER_ISSUER = 6;

  private final Storage storage;
  private final TimeSource time;
  private final SecureRandom random;
  private final List<Issuer> issuers;
  private final Keyring keyring;
  private final Leases leases;
  private final Records records;
  private final RetrySchedule retries;
  private final Consumer<AutoTlsEvent> tell;

  Worker(Engine.Parts parts, Leases leases, Records records, Consumer<AutoTlsEvent> tell) {
    this.storage = parts.storage();
    this.time = parts.time();
    this.random = parts.random();
    this.issuers = parts.issuers();
    this.keyring = parts.keyring();
    this.leases = leases;
    this.records = records;
    this.retries = new RetrySchedule(parts.random());
    this.tell = tell;
  }

  /** Reads a record at the start of the process. */
  Appointment load(Managed managed) {
    try {
      Records.Stored stored = records.read(managed.spec(), time.instant());
      adopt(managed, stored);
      if (stored.damage() != null) {
        reportDamage(managed.spec(), stored);
      }
      Job job = stored.record().job();
      if (job.phase().equals(Job.NEEDS_PERSON) && job.lastProblem() != null) {
        Instant due = earlier(job.lastProblem().at().plus(OPERATOR_RESTART_PAUSE), job.dueAt());
        managed.mayBeMendedBy(due);
        return new Appointment(due, lane(stored.record()));
      }
      return managed.appointment();
    } catch (IOException | RuntimeException e) {
      return storageFailed(managed, e);
    }
  }

  /**
   * Reads a record that another node may have written.
   *
   * @return whether it has changed
   */
  boolean refresh(Managed managed) {
    try {
      // If somebody emptied the storage, what is in memory goes on serving until there is better.
      Optional<Records.Stored> news =
          records.readNews(managed.spec(), managed.version(), time.instant());
      news.ifPresent(stored -> adopt(managed, stored));
      return news.isPresent();
    } catch (IOException | RuntimeException e) {
      log.debug("cannot look for news of {}", managed.spec(), e); // the worker reports it when due
      return false;
    }
  }

  /** Does what is due, and says when to come back. */
  Appointment work(Managed managed) {
    try {
      Optional<Leases.Lease> lease = leases.acquire(Records.key(managed.spec()));
      if (lease.isEmpty()) {
        return in(leases.retryIn(Records.key(managed.spec())), Lane.ROUTINE);
      }
      try {
        return workWithLease(managed, lease.get());
      } finally {
        lease.get().release();
      }
    } catch (ConflictException e) {
      // Another node was faster, and what it wrote is as good as ours: read it.
      return in(LOOK_AGAIN_AFTER_CONFLICT, Lane.ROUTINE);
    } catch (IOException e) {
      return storageFailed(managed, e);
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
      log.error(
          "Work on {} failed in a way that nobody foresaw. Next: the certificate in service stays, and"
              + " the step is taken again within a minute. To do: report this, with the stack trace.",
          managed.spec(),
          e);
      return in(LOOK_AGAIN_WHEN_BLOCKED, Lane.ROUTINE);
    }
  }

  private Appointment workWithLease(Managed managed, Leases.Lease lease) throws IOException {
    CertificateSpec spec = managed.spec();
    Records.Stored stored = records.read(spec, time.instant());
    adopt(managed, stored);
    boolean mended = managed.isWorthATry(time.instant());
    if (!mended && dueAt(stored.record()).isAfter(time.instant())) {
      return managed.appointment();
    }
    boolean resumed = stored.record().job().isUnderWay();
    if (!resumed) {
      if (stored.damage() != null) {
        records.keepDamaged(spec, stored.version());
      }
      stored = begin(managed, stored);
    }
    while (lease.isHeld()) {
      Step step = advance(managed, stored, resumed);
      if (step.appointment() != null) {
        return step.appointment();
      }
      stored = step.stored();
      resumed = false;
    }
    return in(Duration.ZERO, lane(stored.record())); // goes on with a fresh lease, if we get it
  }

  /** What a step came to: what is stored now, and when to go on; null for at once. */
  private record Step(Records.Stored stored, @Nullable Appointment appointment) {}

  /** Stores the key and the issuer of a new attempt, before anybody hears of either. */
  private Records.Stored begin(Managed managed, Records.Stored stored) throws IOException {
    CertificateRecord record = stored.record();
    Issuer issuer = issuer(record.job().issuerId());
    Job job =
        record
            .job()
            .begin(issuer.id(), Keys.generate(managed.spec().keyType(), random), time.instant());
    return write(managed, record.with(job), stored);
  }

  private Step advance(Managed managed, Records.Stored stored, boolean resumed) throws IOException {
    CertificateRecord record = stored.record();
    Job job = record.job();
    Issuer issuer = issuer(job.issuerId());
    if (!issuer.id().equals(job.issuerId())) {
      // The configuration changed under an attempt: its issuer is not ours any more.
      return new Step(write(managed, record.with(Job.first(time.instant())), stored), soon());
    }
    Issuance issuance = issuance(managed.spec(), record, issuer, resumed);
    try {
      Progress progress = issuer.advance(issuance);
      if (progress instanceof Progress.Issued issued) {
        return issued(managed, stored, issuer, issued);
      } else if (progress instanceof Progress.Blocked blocked) {
        return blocked(managed, stored, blocked);
      }
      return advanced(managed, stored, (Progress.Continue) progress);
    } catch (IssuerException e) {
      return failed(managed, stored, issuer, issuance, e);
    }
  }

  private static Issuance issuance(
      CertificateSpec spec, CertificateRecord record, Issuer issuer, boolean resumed) {
    Job job = record.job();
    Issuance.Builder issuance =
        Issuance.builder(spec.id(), spec.names(), job.pendingKey())
            .profile(spec.profile().orElse(null))
            .state(job.state())
            .attempt(job.attempt());
    record
        .generation()
        .filter(current -> current.issuerId().equals(issuer.id()))
        .ifPresent(
            current -> issuance.replaces(current.credential().leaf(), Issuance.Reason.RENEWAL));
    return resumed ? issuance.resumed().build() : issuance.build();
  }

  private Step advanced(Managed managed, Records.Stored stored, Progress.Continue progress)
      throws IOException {
    managed.blockedBy(null);
    Instant due = time.instant().plus(progress.delay());
    Job job = stored.record().job().advanced(progress.state(), progress.phase(), due);
    Records.Stored written = write(managed, stored.record().with(job), stored);
    return new Step(written, progress.delay().isZero() ? null : managed.appointment());
  }

  private Step blocked(Managed managed, Records.Stored stored, Progress.Blocked blocked) {
    boolean news = !managed.blockedBy().equals(Optional.of(blocked.reason()));
    managed.blockedBy(blocked.reason());
    if (news) {
      tell.accept(new AutoTlsEvent.Blocked(time.instant(), managed.spec(), blocked.reason()));
    }
    return new Step(stored, in(LOOK_AGAIN_WHEN_BLOCKED, lane(stored.record())));
  }

  private Step issued(Managed managed, Records.Stored stored, Issuer issuer, Progress.Issued issued)
      throws IOException {
    managed.blockedBy(null);
    Job job = stored.record().job();
    Credential credential = Credential.of(job.pendingKey().getPrivate(), issued.chain());
    Generation next = new Generation(credential, issuer.id(), time.instant());
    CertificateRecord record = stored.record().renewed(next, RenewalSchedule.renewAt(credential));
    Records.Stored written = write(managed, record, stored);
    keyring.install(managed.spec().id(), managed.spec().names(), credential);
    tell.accept(
        new AutoTlsEvent.Issued(
            time.instant(), managed.spec(), issuer.displayName(), credential.notAfter()));
    return new Step(written, managed.appointment());
  }

  private Step failed(
      Managed managed,
      Records.Stored stored,
      Issuer issuer,
      Issuance issuance,
      IssuerException failure)
      throws IOException {
    managed.blockedBy(null);
    CertificateRecord record = stored.record();
    Job job = record.job();
    String next = nextIssuer(job, failure.reaction());
    boolean moves = !next.equals(issuer.id());
    boolean sameStep = failure.reaction() == IssuerException.Reaction.RETRY_STEP && !moves;
    Duration delay = delay(record, failure, moves);
    Problem problem = problem(record, issuer, next, failure, time.instant().plus(delay));
    Job failed =
        sameStep
            ? job.stepFailed(problem)
            : job.attemptFailed(problem, next, phase(failure, moves));
    if (!sameStep) {
      abandon(issuer, issuance);
    }
    Records.Stored written = write(managed, record.with(failed), stored);
    tell.accept(new AutoTlsEvent.Failed(time.instant(), managed.spec(), problem));
    return new Step(written, managed.appointment());
  }

  private static String phase(IssuerException failure, boolean moves) {
    boolean person = failure.reaction() == IssuerException.Reaction.OPERATOR && !moves;
    return person ? Job.NEEDS_PERSON : Job.TRIES_AGAIN;
  }

  private void abandon(Issuer issuer, Issuance issuance) {
    try {
      issuer.abandon(issuance);
    } catch (IOException | RuntimeException e) {
      log.debug("cannot tidy up after {}", issuance, e); // the daily sweep does it
    }
  }

  private Duration delay(CertificateRecord record, IssuerException failure, boolean moves) {
    Duration life = record.generation().map(g -> g.credential().lifetime()).orElse(null);
    Job job = record.job();
    if (moves) {
      return retries.step(0, life); // another CA has done us no harm yet
    }
    Duration own =
        switch (failure.reaction()) {
          case RETRY_STEP -> retries.step(job.stepFailures(), life);
          case RETRY_ATTEMPT -> retries.attempt(job.attempt(), life);
          case WAIT -> retries.asAsked(failure.retryAfter().orElse(null));
          case OPERATOR -> retries.operator();
        };
    // Whatever the failure was: a CA that named a time is not asked before it.
    return failure.retryAfter().filter(asked -> asked.compareTo(own) > 0).orElse(own);
  }

  /**
   * Which issuer to ask next: another one if this one keeps failing, or cannot be asked for long.
   */
  private String nextIssuer(Job job, IssuerException.Reaction reaction) {
    int index = issuers.indexOf(issuer(job.issuerId()));
    boolean move =
        switch (reaction) {
          case RETRY_STEP -> job.stepFailures() + 1 >= STEP_FAILURES_PER_ISSUER;
          case RETRY_ATTEMPT -> (job.attempt() + 1) % ATTEMPTS_PER_ISSUER == 0;
          // Once all have refused, only their own times count.
          case WAIT, OPERATOR -> index + 1 < issuers.size();
        };
    return issuers.get(move ? (index + 1) % issuers.size() : index).id();
  }

  private Problem problem(
      CertificateRecord record,
      Issuer issuer,
      String nextIssuer,
      IssuerException failure,
      Instant nextAttempt) {
    String who = nextIssuer.equals(issuer.id()) ? "" : " with " + issuer(nextIssuer).displayName();
    return new Problem(
        time.instant(),
        issuer.displayName() + ": " + failure.getMessage(),
        serving(record.current()) + "; next attempt" + who + " at " + seconds(nextAttempt) + ".",
        nextAttempt,
        failure.advice());
  }

  private String serving(@Nullable Generation current) {
    if (current == null) {
      return "visitors get a self-signed placeholder";
    }
    Credential credential = current.credential();
    return credential.isValidAt(time.instant())
        ? "the stored certificate stays in use (until " + seconds(credential.notAfter()) + ")"
        : "the stored certificate stays in use although it expired "
            + seconds(credential.notAfter());
  }

  private static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }

  private Records.Stored write(Managed managed, CertificateRecord record, Records.Stored expected)
      throws IOException {
    Records.Stored written = records.write(managed.spec(), record, expected.version());
    managed.saw(written, new Appointment(dueAt(record), lane(record)));
    return written;
  }

  /** Takes over what was read: a credential that is new to this node is served from now on. */
  private void adopt(Managed managed, Records.Stored stored) {
    Optional<Credential> before = credential(managed.record());
    Optional<Credential> now = credential(Optional.of(stored.record()));
    if (now.isEmpty() && before.isPresent()) {
      return; // whatever happened to the storage, the one in memory still works
    }
    managed.saw(stored, new Appointment(dueAt(stored.record()), lane(stored.record())));
    if (now.isPresent() && !now.map(Credential::alias).equals(before.map(Credential::alias))) {
      keyring.install(managed.spec().id(), managed.spec().names(), now.get());
      tell.accept(new AutoTlsEvent.Loaded(time.instant(), managed.spec(), now.get().notAfter()));
    }
  }

  private static Optional<Credential> credential(Optional<CertificateRecord> record) {
    return record.flatMap(CertificateRecord::generation).map(Generation::credential);
  }

  private Instant dueAt(CertificateRecord record) {
    Job job = record.job();
    boolean strange =
        record.current() != null
            && !job.isUnderWay()
            && job.lastProblem() == null
            && issuers.stream().noneMatch(i -> i.id().equals(record.current().issuerId()));
    return strange ? earlier(time.instant(), job.dueAt()) : job.dueAt();
  }

  private Lane lane(CertificateRecord record) {
    boolean urgent =
        record.current() == null
            || RenewalSchedule.isUrgent(record.current().credential(), time.instant());
    return urgent ? Lane.URGENT : Lane.ROUTINE;
  }

  private Issuer issuer(@Nullable String id) {
    return issuers.stream().filter(i -> i.id().equals(id)).findFirst().orElse(issuers.get(0));
  }

  private void reportDamage(CertificateSpec spec, Records.Stored stored) {
    Problem problem =
        new Problem(
            time.instant(),
            "The record "
                + Records.key(spec)
                + " in "
                + storage.location()
                + " cannot be read whole: "
                + stored.damage()
                + ".",
            serving(stored.record().current())
                + ", a copy of the damaged record is kept under damaged/"
                + spec.id()
                + ", and a new certificate is ordered now.",
            time.instant(),
            "find out what wrote there; nothing else.");
    tell.accept(new AutoTlsEvent.Failed(time.instant(), spec, problem));
  }

  private Appointment storageFailed(Managed managed, Exception e) {
    int failures = managed.storageFailedOnceMore();
    Instant next = time.instant().plus(retries.storage(failures));
    Problem problem =
        new Problem(
            time.instant(),
            "The storage " + storage.location() + " failed: " + e.getMessage(),
            serving(managed.record().map(CertificateRecord::current).orElse(null))
                + "; nothing is ordered before the storage works; next look at "
                + seconds(next)
                + ".",
            next,
            "make the storage work: see the message.");
    if (Integer.bitCount(failures)
        == 1) { // the 1st, 2nd, 4th, 8th …: a store that is down says little
      tell.accept(new AutoTlsEvent.Failed(time.instant(), managed.spec(), problem));
    }
    return new Appointment(next, Lane.ROUTINE);
  }

  private Appointment soon() {
    return in(Duration.ZERO, Lane.ROUTINE);
  }

  private Appointment in(Duration delay, Lane lane) {
    return new Appointment(time.instant().plus(delay), lane);
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}

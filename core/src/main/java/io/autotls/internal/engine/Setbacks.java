package io.autotls.internal.engine;

import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a failure leads to: the one place where the classes of failure get their schedules, where it
 * is decided who is asked next, and where people are told.
 */
final class Setbacks {
  /** A step that fails so often is as bad as an attempt that failed, if there is another issuer. */
  private static final int STEPS_BEFORE_ANOTHER = 6;

  private final Issuers issuers;
  private final RetrySchedule retries;
  private final Wording wording;
  private final TimeSource time;

  /** What is to be stored, and what is to be told. */
  record Setback(Job job, Problem problem) {
    /** Whether nobody is going to ask about the order of that attempt any more. */
    boolean abandonsOrderOf(String issuer) {
      return !job.isUnderWay() && !job.asides().containsKey(issuer);
    }
  }

  Setbacks(Issuers issuers, RetrySchedule retries, TimeSource time) {
    this.issuers = issuers;
    this.retries = retries;
    this.wording = new Wording(time);
    this.time = time;
  }

  /**
   * What to do after a failure.
   *
   * @param resumed whether the step may have been taken before it failed this time
   */
  Setback after(
      CertificateSpec spec,
      CertificateRecord record,
      Issuer issuer,
      boolean resumed,
      IssuerException failure) {
    boolean sameStep =
        failure.reaction() == Reaction.RETRY_STEP
            && !isTimeForAnother(spec, record, issuer, failure.retryAfter());
    return sameStep
        ? step(record, issuer, failure)
        : attempt(spec, record, issuer, resumed, failure);
  }

  private boolean isTimeForAnother(
      CertificateSpec spec, CertificateRecord record, Issuer issuer, Optional<Duration> asked) {
    return issuers.isToBeGivenUp(spec, record)
        || issuers.isTooLong(spec, record, issuer.id(), asked.orElse(Duration.ZERO))
        || (record.job().stepFailures() + 1 >= STEPS_BEFORE_ANOTHER
            && issuers.isAnotherReady(spec, record, issuer.id()));
  }

  private Setback step(CertificateRecord record, Issuer issuer, IssuerException failure) {
    Job job = record.job();
    Duration own = retries.step(job.stepFailures(), life(record));
    Instant due = time.instant().plus(retries.notBefore(own, failure.retryAfter()));
    Problem problem = problem(record, issuer, failure, Wording.attempt("", due), due);
    return new Setback(job.stepFailed(problem), problem);
  }

  private Setback attempt(
      CertificateSpec spec,
      CertificateRecord record,
      Issuer issuer,
      boolean resumed,
      IssuerException failure) {
    Hold before = record.job().hold(issuer.id());
    Hold hold =
        new Hold(before.attempts() + 1, until(record, before, failure), text(failure.getMessage()));
    Job job =
        isWorthKeeping(record.job(), resumed, failure)
            ? record.job().laidAside(hold, time.instant())
            : record.job().held(hold);
    Optional<Issuers.Choice> next = issuers.choose(spec, record.with(job), time.instant());
    boolean moves = next.filter(choice -> !choice.issuer().equals(issuer)).isPresent();
    Instant due = moves ? soon(record, job.hold(next.get().issuer().id())) : hold.until();
    String who = moves ? " with " + next.get().issuer().displayName() : "";
    Problem problem = problem(record, issuer, failure, Wording.attempt(who, due), due);
    return new Setback(job.told(problem, moves ? Job.TRIES_AGAIN : phase(failure)), problem);
  }

  /**
   * A CA that is unwell, or busy, has nothing against the order that it was asked about. Nor does
   * it say that there is none: the answer to the request for one may have been lost.
   */
  private static boolean isWorthKeeping(Job job, boolean resumed, IssuerException failure) {
    return switch (failure.reaction()) {
      case RETRY_STEP -> true;
      case WAIT -> resumed || !job.state().isEmpty();
      default -> false;
    };
  }

  private static String phase(IssuerException failure) {
    return switch (failure.reaction()) {
      case OPERATOR, PAUSED -> Job.NEEDS_PERSON;
      default -> Job.TRIES_AGAIN;
    };
  }

  private Instant until(CertificateRecord record, Hold before, IssuerException failure) {
    if (failure.reaction() == Reaction.PAUSED) {
      return Hold.FOR_EVER;
    }
    Duration own =
        switch (failure.reaction()) {
          case RETRY_STEP -> retries.step(record.job().stepFailures(), life(record));
          case WAIT -> retries.asAsked(failure.retryAfter().orElse(null));
          case OPERATOR -> retries.operator();
          default -> retries.attempt(before.attempts(), life(record), left(record));
        };
    // Whatever the failure was: a CA that named a time is not asked before it.
    return time.instant().plus(retries.notBefore(own, failure.retryAfter()));
  }

  /** Another issuer has done us no harm yet. */
  private Instant soon(CertificateRecord record, Hold hold) {
    Instant soon = time.instant().plus(retries.step(0, life(record)));
    return hold.until().isAfter(soon) ? hold.until() : soon;
  }

  private static @Nullable Duration life(CertificateRecord record) {
    return record.generation().map(g -> g.credential().lifetime()).orElse(null);
  }

  /** How long the certificate in service has still to live, if it is near its end. */
  private @Nullable Duration left(CertificateRecord record) {
    Credential credential = record.generation().map(Generation::credential).orElse(null);
    return credential == null || !RenewalSchedule.isUrgent(credential, time.instant())
        ? null
        : Duration.between(time.instant(), credential.notAfter());
  }

  private Problem problem(
      CertificateRecord record,
      Issuer issuer,
      IssuerException failure,
      String next,
      Instant nextAttempt) {
    return new Problem(
        time.instant(),
        issuer.displayName() + ": " + text(failure.getMessage()),
        wording.serving(record.current()) + "; " + next + ".",
        nextAttempt,
        failure.advice());
  }

  private static String text(@Nullable String message) {
    return message == null ? "no reason was given." : message;
  }
}

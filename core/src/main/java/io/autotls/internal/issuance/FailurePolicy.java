package io.autotls.internal.issuance;

import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.events.Messages;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.ExtraAttempts;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.IssuerHold;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.NameFailures;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a failure leads to: the one place where the classes of failure get their schedules, where it
 * is decided who is asked next, and where people are told.
 */
public final class FailurePolicy {
  /** A step that fails so often is as bad as an attempt that failed, if there is another issuer. */
  private static final int STEPS_BEFORE_ANOTHER = 6;

  private final IssuerSelection issuers;
  private final RetryPolicy retries;
  private final Messages messages;
  private final TimeSource time;
  private final boolean leavesOut;

  /**
   * What is to be stored, and what is to be told.
   *
   * @param names which names keep attempts from succeeding, this one included
   * @param extras which tries were granted beyond the schedule, the next one included
   */
  record Verdict(Job job, NameFailures names, ExtraAttempts extras, Problem problem) {
    /** Whether nobody is going to ask about the order of that attempt any more. */
    boolean abandonsOrderOf(String issuer) {
      return !job.isUnderWay() && !job.asides().containsKey(issuer);
    }
  }

  public FailurePolicy(NodeServices node, IssuerSelection issuers, NamePolicy names) {
    this.issuers = issuers;
    this.retries = new RetryPolicy(node.random());
    this.messages = new Messages(node.time());
    this.time = node.time();
    this.leavesOut = names == NamePolicy.LEAVE_OUT_FAILING;
  }

  /**
   * What to do after a failure.
   *
   * @param resumed whether the step may have been taken before it failed this time
   */
  Verdict after(
      CertificateSpec spec,
      CertificateRecord record,
      Issuer issuer,
      boolean resumed,
      IssuerException failure) {
    Instant now = time.instant();
    if (failure.reaction() == Reaction.INTERRUPTED
        && record.extras().allows(ExtraAttempts.Cause.INTERRUPTION, now)) {
      return interrupted(record, issuer, failure, now);
    }
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

  private Verdict step(CertificateRecord record, Issuer issuer, IssuerException failure) {
    Job job = record.job();
    Duration own = retries.step(job.stepFailures(), life(record));
    Due due = Due.at(time.instant().plus(retries.notBefore(own, failure.retryAfter())));
    Problem problem = problem(record, issuer, failure, Moments.attempt(due), due);
    Job failed = job.stepFailed(problem);
    Job asked = isAsked(own, failure) ? failed.heldUntil(issuer.id(), due) : failed;
    return new Verdict(asked, record.names(), record.extras(), problem);
  }

  /** A new attempt begins as soon as somebody can answer. */
  private Verdict interrupted(
      CertificateRecord record, Issuer issuer, IssuerException failure, Instant now) {
    Due due = Due.at(now.plus(retries.step(0, life(record))));
    IssuerHold before = record.job().hold(issuer.id());
    IssuerHold hold =
        new IssuerHold(before.attempts(), due, text(failure.getMessage()), IssuerHold.By.US);
    Problem problem = problem(record, issuer, failure, Moments.attempt(due), due);
    return new Verdict(
        record.job().interrupted(hold).failedWith(problem),
        record.names(),
        record.extras().oneMore(ExtraAttempts.Cause.INTERRUPTION, now),
        problem);
  }

  private static boolean isAsked(Duration own, IssuerException failure) {
    return failure.reaction() == Reaction.WAIT
        || failure.retryAfter().filter(asked -> asked.compareTo(own) > 0).isPresent();
  }

  private Verdict attempt(
      CertificateSpec spec,
      CertificateRecord record,
      Issuer issuer,
      boolean resumed,
      IssuerException failure) {
    IssuerHold before = record.job().hold(issuer.id());
    Set<String> blamed = NameFailures.blamed(spec, failure.identifiers());
    NameFailures names = record.names().after(spec, blamed, patience(spec, record, blamed));
    boolean soon = isUndecided(spec, blamed, record.names());
    IssuerHold hold = hold(record, before, failure, soon ? Pace.ATTEMPT : Pace.OF_REACTION);
    Job job =
        isWorthKeeping(record.job(), resumed, failure)
            ? record.job().laidAside(hold, time.instant())
            : record.job().held(hold);
    Optional<IssuerSelection.Choice> next = issuers.choose(spec, record.with(job), time.instant());
    boolean moves = next.filter(choice -> !choice.issuer().equals(issuer)).isPresent();
    Due due = moves ? soon(record, job.hold(next.get().issuer().id())) : hold.until();
    String who = moves ? " with " + next.get().issuer().displayName() : "";
    Problem problem = problem(record, issuer, failure, Moments.attempt(who, due), due);
    Job failed =
        !moves && needsPerson(failure) ? job.needingPerson(problem) : job.failedWith(problem);
    return new Verdict(failed, names, record.extras(), problem);
  }

  /** How soon an attempt follows another one. */
  private enum Pace {
    /** As after any attempt that failed. */
    ATTEMPT,
    /** As the class of the failure says. */
    OF_REACTION
  }

  /**
   * Whether a few more attempts decide if the other names get a certificate without these: they
   * must not wait for days, even if a person should look at these.
   */
  private boolean isUndecided(CertificateSpec spec, Set<String> blamed, NameFailures before) {
    return leavesOut
        && !blamed.isEmpty()
        && blamed.size() < spec.names().size()
        && before.mayPass(blamed);
  }

  /**
   * The others can wait while their certificate is good for most of what was left at its renewal.
   */
  private NameFailures.Patience patience(
      CertificateSpec spec, CertificateRecord record, Set<String> blamed) {
    if (!leavesOut || blamed.size() == spec.names().size()) {
      return NameFailures.Patience.LEFT;
    }
    Generation current = record.current();
    RenewalPlan renewal = record.renewal();
    Instant now = time.instant();
    if (current == null || renewal == null || !current.isAlive(now)) {
      return NameFailures.Patience.EXHAUSTED;
    }
    Instant end = current.credential().notAfter();
    Duration atRenewal = Duration.between(renewal.at(), end);
    Duration left = Duration.between(now, end);
    return left.compareTo(atRenewal.multipliedBy(3).dividedBy(4)) < 0
        ? NameFailures.Patience.EXHAUSTED
        : NameFailures.Patience.LEFT;
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

  private static boolean needsPerson(IssuerException failure) {
    return switch (failure.reaction()) {
      case OPERATOR, PAUSED -> true;
      default -> false;
    };
  }

  private IssuerHold hold(
      CertificateRecord record, IssuerHold before, IssuerException failure, Pace pace) {
    int attempts = before.attempts() + 1;
    String what = text(failure.getMessage());
    if (failure.reaction() == Reaction.PAUSED) {
      return IssuerHold.untilSomebodyActs(attempts, what);
    }
    Duration own =
        switch (failure.reaction()) {
          case RETRY_STEP -> retries.step(record.job().stepFailures(), life(record));
          case WAIT -> retries.asAsked(failure.retryAfter().orElse(null));
          case OPERATOR ->
              pace == Pace.ATTEMPT
                  ? retries.attempt(before.attempts(), life(record), left(record))
                  : retries.operator();
          default -> retries.attempt(before.attempts(), life(record), left(record));
        };
    // Whatever the failure was: a CA that named a time is not asked before it.
    Due until = Due.at(time.instant().plus(retries.notBefore(own, failure.retryAfter())));
    IssuerHold.By by = isAsked(own, failure) ? IssuerHold.By.ISSUER : IssuerHold.By.US;
    return new IssuerHold(attempts, until, what, by);
  }

  /** Another issuer has done us no harm yet. */
  private Due soon(CertificateRecord record, IssuerHold hold) {
    return hold.until().notBefore(time.instant().plus(retries.step(0, life(record))));
  }

  private static @Nullable Duration life(CertificateRecord record) {
    return record.generation().map(g -> g.validity().length()).orElse(null);
  }

  /** How long the certificate in service has still to live, if it is near its end. */
  private @Nullable Duration left(CertificateRecord record) {
    Generation current = record.current();
    return current == null || !RenewalPolicy.isUrgent(current, time.instant())
        ? null
        : Duration.between(time.instant(), current.validity().to());
  }

  private Problem problem(
      CertificateRecord record,
      Issuer issuer,
      IssuerException failure,
      String next,
      Due nextAttempt) {
    return new Problem(
        time.instant(),
        from(issuer, text(failure.getMessage())),
        messages.serving(record.current()) + "; " + next + ".",
        nextAttempt.toPublic(),
        failure.advice());
  }

  /** A message that begins with who said it needs no name before it. */
  private static String from(Issuer issuer, String message) {
    String name = issuer.displayName();
    return message.startsWith(name) ? message : name + ": " + message;
  }

  private static String text(@Nullable String message) {
    return message == null ? "no reason was given." : message;
  }
}

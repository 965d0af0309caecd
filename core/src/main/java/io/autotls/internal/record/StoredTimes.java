package io.autotls.internal.record;

import io.autotls.Problem;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the times in a record are worth. They are claims: some node wrote them, by a clock that may
 * have been wrong. What reaches further than any rule does, or was written in the future, is not
 * believed, so that a clock that was wrong for an hour costs an hour and not years.
 *
 * <p>A pure function of the record and of when it was first seen like this. That is not the
 * present: a wait that is cut short ends so long after it was first seen, not so long after each
 * look.
 *
 * <ul>
 *   <li>When to renew follows from the certificate; see {@link RenewalPolicy#believed}.
 *   <li>A wait that was written by a clock ahead of ours counts from when it was seen, and no more
 *       than {@link #DOUBTFUL} of it: nobody knows how much of it has passed.
 *   <li>A wait that is longer than {@link RetryPolicy#LONGEST} is as doubtful.
 *   <li>A certificate that was obtained in the future was obtained when it begins; or now, if it
 *       had not begun then.
 *   <li>What only a person can end has no end in time, and stays as it is.
 * </ul>
 */
public final class StoredTimes {
  /** So much do sound clocks differ, and requests take. */
  public static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);

  /** So long is believed what is not believable. */
  static final Duration DOUBTFUL = Duration.ofHours(6);

  /** No CA wants an order to be looked at less often. */
  private static final Duration LONGEST_STEP = Duration.ofHours(27);

  private final Instant seen;
  private final Duration ahead; // how far the clock was that wrote it, at least; zero if not

  private StoredTimes(Instant seen, Duration ahead) {
    this.seen = seen;
    this.ahead = ahead;
  }

  /**
   * The record as it may be believed; the very same if all of it may.
   *
   * @param seen when it was first seen like this
   */
  public static CertificateRecord believed(CertificateRecord record, Instant seen) {
    Generation current = generation(record.current(), seen);
    Generation previous = generation(record.previous(), seen);
    RenewalPlan renewal = record.renewal();
    if (renewal != null && current != null) {
      renewal = RenewalPolicy.believed(renewal, current, seen);
    }
    StoredTimes times = new StoredTimes(seen, aheadOfWaits(record, seen));
    Job job = times.job(record.job(), current, renewal);
    boolean same =
        current == record.current()
            && previous == record.previous()
            && job == record.job()
            && renewal == record.renewal();
    return same
        ? record
        : new CertificateRecord(
            current, previous, job, renewal, record.names(), record.extras(), record.unknown());
  }

  /**
   * The same for whoever wrote how long to wait. That one wrote when something failed, too; the
   * certificate may come from another node, whose clock is right where ours is behind.
   */
  private static Duration aheadOfWaits(CertificateRecord record, Instant seen) {
    Problem problem = record.job().lastProblem();
    if (problem == null || record.job().isUnderWay() && record.job().stepFailures() == 0) {
      return ahead(record, seen).orElse(Duration.ZERO);
    }
    return isFuture(problem.at(), seen) ? Duration.between(seen, problem.at()) : Duration.ZERO;
  }

  /**
   * The same of what a record says that it did not say before.
   *
   * @param before as it was seen last; null if it never was
   */
  public static Duration aheadOfNews(
      @Nullable CertificateRecord before, CertificateRecord record, Instant seen) {
    Set<Instant> known = before == null ? Set.of() : written(before).collect(Collectors.toSet());
    return written(record)
        .filter(instant -> !known.contains(instant))
        .map(instant -> Duration.between(seen, instant))
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /** When somebody wrote what stays in memory of a record. */
  private static Stream<Instant> written(CertificateRecord record) {
    return Stream.concat(
        Stream.ofNullable(record.job().lastProblem()).map(Problem::at),
        Stream.ofNullable(record.current()).map(Generation::obtainedAt));
  }

  /** How far ahead the clock was that wrote a record; empty if it may have been right. */
  static Optional<Duration> ahead(CertificateRecord record, Instant seen) {
    Stream<Instant> past =
        Stream.concat(
            written(record), record.job().asides().values().stream().map(SuspendedOrder::since));
    return past.map(instant -> Duration.between(seen, instant))
        .filter(future -> future.compareTo(CLOCKS_DIFFER) > 0)
        .max(Duration::compareTo);
  }

  /**
   * How much of a wait is believed.
   *
   * @param from when it began, by the clock of whoever wrote it
   * @param until its end, by the same
   */
  public static Duration wait(Instant from, Instant until, Instant seen) {
    Duration left = Duration.between(seen, until);
    if (from.isAfter(seen.plus(CLOCKS_DIFFER))) {
      return min(min(Duration.between(from, until), left), DOUBTFUL);
    }
    return left;
  }

  private static @Nullable Generation generation(@Nullable Generation stored, Instant seen) {
    if (stored == null || !isFuture(stored.obtainedAt(), seen)) {
      return stored;
    }
    Instant begin = stored.credential().notBefore();
    return stored.obtainedAt(begin.isAfter(seen) && !stored.hasBegun(seen) ? seen : begin);
  }

  private static boolean isFuture(Instant claimed, Instant seen) {
    return claimed.isAfter(seen.plus(CLOCKS_DIFFER));
  }

  private Job job(Job job, @Nullable Generation current, @Nullable RenewalPlan renewal) {
    Problem problem = problem(job);
    Map<String, IssuerHold> holds = holds(job);
    Map<String, SuspendedOrder> asides = asides(job);
    Due due = due(job, current, renewal);
    boolean same =
        problem == job.lastProblem()
            && due.equals(job.due())
            && holds.equals(job.holds())
            && asides.equals(job.asides());
    return same
        ? job
        : job.toBuilder().due(due).holds(holds).asides(asides).lastProblem(problem).build();
  }

  private Due due(Job job, @Nullable Generation current, @Nullable RenewalPlan renewal) {
    if (job.phase() == Job.Phase.IDLE && renewal != null) {
      return Due.at(renewal.at());
    } else if (job.isLeftToNewerNodes()) {
      return job.due();
    } else if (job.due().needsPerson()) {
      return waitsForPerson(job) ? job.due() : Due.at(seen.plus(DOUBTFUL));
    }
    boolean steps = job.isUnderWay() && job.stepFailures() == 0;
    return believed(job.due(), steps ? LONGEST_STEP : RetryPolicy.LONGEST);
  }

  private static boolean waitsForPerson(Job job) {
    return job.holds().values().stream().anyMatch(hold -> hold.by() == IssuerHold.By.PERSON);
  }

  /** When a wait ends of which no more than {@code longest} can be left. */
  private Due believed(Due until, Duration longest) {
    if (!until.isAfter(seen)) {
      return until;
    }
    if (until.needsPerson()) {
      return Due.at(seen.plus(DOUBTFUL)); // nobody is asked to act
    }
    return Due.at(believed(until.instant().orElseThrow(), longest));
  }

  private Instant believed(Instant until, Duration longest) {
    Duration left = Duration.between(seen, until);
    boolean plausible = ahead.isZero() && left.compareTo(longest) <= 0;
    if (plausible || left.compareTo(CLOCKS_DIFFER) <= 0) { // too short to be worth a doubt
      return until;
    }
    if (left.compareTo(DOUBTFUL) <= 0) {
      return until; // somebody whose clock is like ours wrote it since, and it costs little
    }
    Duration own = left.minus(ahead); // negative for a wait that is older than what gives it away
    return seen.plus(own.isNegative() ? Duration.ZERO : min(own, DOUBTFUL));
  }

  private Map<String, IssuerHold> holds(Job job) {
    Map<String, IssuerHold> holds = new HashMap<>(job.holds());
    holds.replaceAll(
        (issuer, hold) -> {
          Due until =
              hold.by() == IssuerHold.By.PERSON
                  ? hold.until()
                  : believed(hold.until(), RetryPolicy.LONGEST);
          return until.equals(hold.until()) ? hold : hold.until(until);
        });
    return holds;
  }

  private Map<String, SuspendedOrder> asides(Job job) {
    Map<String, SuspendedOrder> asides = new HashMap<>(job.asides());
    asides.replaceAll((issuer, aside) -> isFuture(aside.since(), seen) ? aside.since(seen) : aside);
    return asides;
  }

  private @Nullable Problem problem(Job job) {
    Problem problem = job.lastProblem();
    if (problem == null) {
      return null;
    }
    Instant at = isFuture(problem.at(), seen) ? seen : problem.at();
    Due stored = Due.ofPublic(problem.nextAttempt());
    Due next =
        stored.needsPerson() && waitsForPerson(job)
            ? stored
            : believed(stored, RetryPolicy.LONGEST);
    return at.equals(problem.at()) && next.equals(stored)
        ? problem
        : new Problem(
            at,
            problem.what(),
            "It was stored by a clock that was wrong; " + Moments.attempt(next) + ".",
            next.toPublic(),
            problem.advice());
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}

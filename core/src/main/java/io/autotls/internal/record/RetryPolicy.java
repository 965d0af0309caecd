package io.autotls.internal.record;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait after a failure, with full jitter. A certificate that lives only minutes or
 * hours shortens every wait to a twentieth of its life: a CA that issues such certificates expects
 * to be asked that often, and there would be no second try otherwise.
 */
public final class RetryPolicy {
  /** However long a CA wants to be left alone: it may be well again, and its word may be wrong. */
  public static final Duration LONGEST_WAIT = Duration.ofDays(7);

  /** The slowest limits that are known refill in less; nobody names a longer time and means it. */
  private static final Duration LONGEST_ASKED = Duration.ofDays(8);

  /** No wait that these rules know is longer, jitter included. */
  static final Duration LONGEST = Duration.ofDays(9);

  /** A CA was unreachable or unwell: cheap for it, so soon again; then up to half an hour. */
  private static final Duration REVOCATION = Duration.ofHours(1);

  private static final List<Duration> STEPS =
      List.of(
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          Duration.ofMinutes(1),
          Duration.ofMinutes(5),
          Duration.ofMinutes(15),
          Duration.ofMinutes(30));

  /** An attempt failed: what Let's Encrypt asks for, 1, 10 and 100 minutes, then daily. */
  private static final List<Duration> ATTEMPTS =
      List.of(
          Duration.ofMinutes(1),
          Duration.ofMinutes(10),
          Duration.ofMinutes(100),
          Duration.ofDays(1));

  private static final List<Duration> CRASHES =
      List.of(Duration.ofMinutes(1), Duration.ofMinutes(5), Duration.ofMinutes(30));

  private static final List<Duration> INQUIRIES =
      List.of(
          Duration.ofMinutes(1), Duration.ofMinutes(10), Duration.ofHours(1), Duration.ofHours(6));

  private static final Duration LOOK = Duration.ofMinutes(1);
  private static final Duration STORAGE = Duration.ofSeconds(5);
  private static final Duration OPERATOR = Duration.ofDays(1);
  private static final Duration WITHOUT_TIME = Duration.ofHours(1);
  private static final int SHARE_OF_LIFE = 20;
  private static final int SHARE_OF_REST = 8;

  /** Let's Encrypt counts failed validations per hour, five of them. */
  private static final Duration LEAST_IN_LAST_HOURS = Duration.ofHours(1);

  private static final Duration LAST_HOURS = Duration.ofHours(6);
  private static final Duration FLOOR = Duration.ofMillis(250);

  private final RandomGenerator random;

  public RetryPolicy(RandomGenerator random) {
    this.random = random;
  }

  public Duration step(int failures, @Nullable Duration life) {
    return jittered(shortened(at(STEPS, failures), life));
  }

  /**
   * How long to wait after an attempt that failed.
   *
   * @param left what the certificate in service has left, if it is near its end or past it: then a
   *     day is too long
   */
  public Duration attempt(int failures, @Nullable Duration life, @Nullable Duration left) {
    Duration delay = shortened(at(ATTEMPTS, failures), life);
    if (left != null) {
      Duration share = left.isNegative() ? LAST_HOURS : left.dividedBy(SHARE_OF_REST);
      delay = min(delay, share.compareTo(LEAST_IN_LAST_HOURS) < 0 ? LEAST_IN_LAST_HOURS : share);
    }
    return jittered(delay);
  }

  /** The storage failed: soon again, then every few minutes. */
  public Duration storage(int failures) {
    Duration most = STORAGE.multipliedBy(1L << Math.min(failures, 5));
    return most.dividedBy(2).plus(jittered(most.dividedBy(2)));
  }

  /** A look for what other nodes wrote failed: within a minute, but not all nodes at once. */
  public Duration look() {
    return LOOK.minusMillis((long) (LOOK.toMillis() / 2 * random.nextDouble()));
  }

  /** Something failed that must not: soon again, then rarely. */
  public Duration crash(int failures) {
    return at(CRASHES, failures - 1);
  }

  /** An inquiry that is optional failed: from a minute up to a quarter of a day (RFC 9773 §4.3). */
  public Duration inquiry(int failures) {
    Duration most = at(INQUIRIES, failures);
    return most.dividedBy(2).plus(jittered(most.dividedBy(2)));
  }

  /** Before an issuer is asked again to revoke what it did not. */
  public Duration revocation() {
    return REVOCATION.plus(jittered(REVOCATION.dividedBy(4)));
  }

  public Duration operator() {
    return OPERATOR.dividedBy(2).plus(jittered(OPERATOR.dividedBy(2)));
  }

  /** At least what the CA asked for, and up to a tenth more so that not all come back at once. */
  public Duration asAsked(@Nullable Duration retryAfter) {
    Duration asked = retryAfter == null ? WITHOUT_TIME : min(retryAfter, LONGEST_WAIT);
    return asked.plus(jittered(asked.dividedBy(10)));
  }

  /**
   * The longer of our own wait and what the CA asked for, if it did; that one up to a tenth longer,
   * as above. A CA that named a time is not asked before it, unless that is further away than any
   * CA can mean.
   */
  public Duration notBefore(Duration own, Optional<Duration> retryAfter) {
    return retryAfter
        .map(asked -> min(asked, LONGEST_ASKED))
        .filter(asked -> asked.compareTo(own) > 0)
        .map(asked -> asked.plus(jittered(asked.dividedBy(10))))
        .orElse(own);
  }

  private static Duration at(List<Duration> schedule, int failures) {
    return schedule.get(Math.min(failures, schedule.size() - 1));
  }

  private static Duration shortened(Duration delay, @Nullable Duration life) {
    return life == null ? delay : min(delay, life.dividedBy(SHARE_OF_LIFE));
  }

  private Duration jittered(Duration most) {
    long millis = Math.max(FLOOR.toMillis(), (long) (most.toMillis() * random.nextDouble()));
    return Duration.ofMillis(millis);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}

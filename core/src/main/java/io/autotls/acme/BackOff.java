package io.autotls.acme;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before asking the CA again: the one place that knows.
 *
 * <p>What the CA asks for is always kept, and a little is added, so that all who were told the same
 * do not come back at the same moment. Without such a wish, looks at a resource begin after what
 * {@link Pace} says, 150 milliseconds at first, and become rarer by a third each time: the last one
 * is then never later than that third behind the CA. Failures are repeated with full jitter: any
 * moment up to a limit that doubles.
 */
final class BackOff {
  private static final Duration HOT = Duration.ofMillis(150);
  private static final double RARER = 1.3;
  private static final Duration LAST_LOOK = Duration.ofSeconds(15);
  private static final double SPREAD = 0.05; // of what the CA asked for, or of the pause

  private static final Duration PARKED = Duration.ofMinutes(10);

  private static final int MAX_REPEATS = 3;

  /** A step has several requests, and each may fail for a reason of its own. */
  private static final int MAX_REPEATS_OF_STEP = 6;

  private static final Duration FIRST_REPEAT = Duration.ofSeconds(1);
  private static final int MAX_DOUBLINGS = 3;
  private static final Duration FLOOR = Duration.ofMillis(100);

  /** A CA that wants to be left alone for longer than this is reported instead of waited for. */
  private static final Duration MAX_REPEAT = Duration.ofSeconds(60);

  private final RandomGenerator random;

  BackOff(RandomGenerator random) {
    this.random = random;
  }

  /** Before the next look at something that is not finished; {@code looks} were in vain. */
  Duration look(int looks, @Nullable Duration asked, Pace pace) {
    if (asked != null) {
      return spread(asked.compareTo(HOT) < 0 ? HOT : asked);
    }
    double millis = pace.firstLook().toMillis() * Math.pow(RARER, Math.min(looks, 40));
    return spread(Duration.ofMillis((long) Math.min(millis, LAST_LOOK.toMillis())));
  }

  /** Before the next look at an order that has shown no news for long. */
  Duration lookAtParked(@Nullable Duration asked) {
    return spread(asked != null && asked.compareTo(PARKED) > 0 ? asked : PARKED);
  }

  /**
   * Before a request is repeated that failed, after {@code failures} others in a row; null if it is
   * not to be repeated, because that would not help, or often enough did not.
   */
  @Nullable Duration repeat(int failures, AcmeException failure) {
    return failures < MAX_REPEATS ? pause(failures, failure) : null;
  }

  /** The same for a step of an order. */
  @Nullable Duration repeatStep(int failures, AcmeException failure) {
    return failures < MAX_REPEATS_OF_STEP ? pause(failures, failure) : null;
  }

  private @Nullable Duration pause(int failures, AcmeException failure) {
    if (!mayPass(failure)) {
      return null;
    }
    Duration asked = failure.retryAfter().orElse(null);
    if (asked != null) {
      return asked.compareTo(MAX_REPEAT) > 0 ? null : spread(asked);
    }
    long most = FIRST_REPEAT.toMillis() << Math.min(failures, MAX_DOUBLINGS);
    return FLOOR.plusMillis(random.nextLong(most));
  }

  /** Whether the same request may have another outcome in a minute. */
  static boolean mayPass(AcmeException failure) {
    if (failure instanceof AcmeNetworkException network) {
      return switch (network.kind()) {
        case UNREACHABLE, TIMEOUT, BROKEN -> true;
        case UNTRUSTED, PROXY_REFUSED, CANCELLED -> false;
      };
    }
    if (failure instanceof AcmeRateLimitedException limited) {
      return limited.status() == 503; // a front end that is busy; a 429 counts something
    }
    return failure instanceof AcmeServerException;
  }

  private Duration spread(Duration pause) {
    long most = (long) (pause.toMillis() * SPREAD);
    return most < 1 ? pause : pause.plusMillis(random.nextLong(most + 1));
  }
}

package io.autotls.internal.engine;

import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How the issuers are, as this node sees them: a circuit breaker each, so that not every one of a
 * hundred thousand names has to find out by itself that a CA is down.
 *
 * <p>It opens when several names in a row found the issuer unwell, and nobody found it well in
 * between. While it is open nobody asks; then one name does. If that one gets an answer, whatever
 * it is, the gate is open again for all; if not, it stays shut for longer. The state is in memory:
 * a node that starts finds out anew, at the price of a few requests.
 *
 * <p>Safe for use by many threads.
 */
final class Health {
  /** Steps that may ask one issuer at once. */
  static final int STEPS = 6;

  static final int INQUIRIES_AT_ONCE = 2;

  /** One name may have a trouble of its own; this many cannot. */
  private static final int NAMES = 3;

  private static final List<Duration> PAUSES =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          Duration.ofMinutes(1),
          Duration.ofMinutes(2),
          Duration.ofMinutes(5),
          Duration.ofMinutes(10));

  private final TimeSource time;
  private final RandomGenerator random;
  private final Map<String, Breaker> breakers = new HashMap<>(); // guarded by this

  private static final class Breaker {
    private final Set<String> unhappy = new HashSet<>(); // names since the last good answer
    private int openings;
    private long opensAt; // meaningful while it is open
    private @Nullable String what; // what the last one found; null while it is closed

    private boolean isOpen() {
      return what != null;
    }
  }

  Health(TimeSource time, RandomGenerator random) {
    this.time = time;
    this.random = random;
  }

  /**
   * The issuer answered, be it with a refusal.
   *
   * @return true if it had been unwell
   */
  synchronized boolean answered(String issuer) {
    Breaker breaker = breakers.remove(issuer);
    return breaker != null && breaker.isOpen();
  }

  /**
   * Somebody found the issuer unwell.
   *
   * @param retryAfter what it asked for, if it did
   * @return true if that was news: the gate has been open until now
   */
  synchronized boolean unwell(
      String issuer, String specId, Optional<Duration> retryAfter, String what) {
    Breaker breaker = breakers.computeIfAbsent(issuer, id -> new Breaker());
    if (breaker.unhappy.size() < NAMES) {
      breaker.unhappy.add(specId);
    }
    if (breaker.unhappy.size() < NAMES || remaining(breaker).compareTo(Duration.ZERO) > 0) {
      return false; // or one that was on its way when the gate was shut
    }
    boolean news = !breaker.isOpen();
    breaker.what = what;
    breaker.opensAt = time.nanos() + pause(breaker, retryAfter).toNanos();
    breaker.openings++;
    return news;
  }

  private Duration pause(Breaker breaker, Optional<Duration> retryAfter) {
    Duration half = PAUSES.get(Math.min(breaker.openings, PAUSES.size() - 1)).dividedBy(2);
    Duration own = half.plus(Duration.ofMillis((long) (half.toMillis() * random.nextDouble())));
    return retryAfter.filter(asked -> asked.compareTo(own) > 0).orElse(own);
  }

  /** How long nobody is going to ask this issuer; zero if somebody may. */
  synchronized Duration closedFor(String issuer) {
    Breaker breaker = breakers.get(issuer);
    return breaker == null ? Duration.ZERO : remaining(breaker);
  }

  /** What is wrong with an issuer, if many names wait because of it. */
  synchronized Optional<String> trouble(String issuer) {
    return Optional.ofNullable(breakers.get(issuer)).map(breaker -> breaker.what);
  }

  private Duration remaining(Breaker breaker) {
    Duration left =
        breaker.isOpen() ? Duration.ofNanos(breaker.opensAt - time.nanos()) : Duration.ZERO;
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** How many tasks may ask the issuer for this at once. */
  synchronized int room(Channel channel) {
    boolean inquiry = channel.kind() == Channel.Kind.INQUIRY;
    Breaker breaker = breakers.get(channel.issuer());
    if (breaker == null || !breaker.isOpen()) {
      return inquiry ? INQUIRIES_AT_ONCE : STEPS;
    }
    boolean probes = !inquiry && remaining(breaker).isZero();
    return probes ? 1 : 0;
  }

  /** When it is worth looking again whether there is room. */
  synchronized Instant opensAt(String issuer, Instant now) {
    // An inquiry waits for the step that finds the issuer well; if there is none, it looks again.
    Duration left = closedFor(issuer);
    return now.plus(left.isZero() ? PAUSES.get(0) : left);
  }
}

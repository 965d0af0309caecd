package io.autotls.internal.cluster;

import io.autotls.internal.queue.Resource;
import io.autotls.internal.text.Moments;
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
 * it is, the gate is open again for all; if not, it stays shut for longer.
 *
 * <p>What other nodes found, {@link OutageExchange} tells this one. A time that the CA named shuts
 * the gate here too. Anything else may be the trouble of that node alone, and shuts nothing: it
 * only makes this node careful for a while, so that one name asks first, and that one alone is
 * believed if it finds the issuer unwell.
 *
 * <p>Safe for use by many threads.
 */
public final class CircuitBreakers {
  /** Steps that may ask one issuer at once. */
  public static final int STEPS = 6;

  public static final int INQUIRIES_AT_ONCE = 2;

  /** Steps that may ask solvers at once whether answers can be seen, for all issuers together. */
  public static final int SETTLING_AT_ONCE = 4;

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

  /** So long after the end that a CA named for itself one name still asks first. */
  private static final Duration CAREFUL_AFTERWARDS = Duration.ofMinutes(10);

  private final TimeSource time;
  private final RandomGenerator random;
  private final Map<String, Breaker> breakers = new HashMap<>(); // guarded by this

  /** How an issuer was thought to be. */
  public enum Was {
    /** As well as ever. */
    WELL,
    /** Another node had found it unwell, or this one had begun to. */
    DOUBTED,
    /** This node had shut the gate. */
    DOWN
  }

  private static final class Breaker {
    private final Set<String> unhappy = new HashSet<>(); // names since the last good answer
    private int openings;
    private @Nullable Outage found; // by this node; null while it is closed
    private long opensAt; // meaningful while it is open
    private @Nullable Heard heard; // null unless another node found something

    private boolean isOpen() {
      return found != null;
    }
  }

  /**
   * What another node found.
   *
   * @param shutUntil by the monotonic clock of this node; in the past for one that shuts nothing
   * @param carefulUntil likewise
   */
  private record Heard(Outage outage, long shutUntil, long carefulUntil) {}

  public CircuitBreakers(TimeSource time, RandomGenerator random) {
    this.time = time;
    this.random = random;
  }

  /**
   * The issuer answered, be it with a refusal.
   *
   * @return what was thought of it until now
   */
  public synchronized Was answered(String issuer) {
    Breaker breaker = breakers.remove(issuer);
    if (breaker == null) {
      return Was.WELL;
    }
    return breaker.isOpen() ? Was.DOWN : Was.DOUBTED;
  }

  /**
   * Somebody found the issuer unwell.
   *
   * @param retryAfter what it asked for, if it did
   * @return true if that was news: the gate has been open until now
   */
  public synchronized boolean unwell(
      String issuer, String specId, Optional<Duration> retryAfter, String what) {
    Breaker breaker = breakers.computeIfAbsent(issuer, id -> new Breaker());
    if (breaker.unhappy.size() < NAMES) {
      breaker.unhappy.add(specId);
    }
    boolean enough =
        breaker.unhappy.size() >= NAMES || breaker.isOpen() || isCareful(breaker, time.nanos());
    if (!enough || !remaining(breaker).isZero()) {
      return false; // or one that was on its way when the gate was shut
    }
    boolean news = !breaker.isOpen();
    breaker.found = outage(breaker, retryAfter, what);
    breaker.opensAt = time.nanos() + breaker.found.pause().toNanos();
    breaker.openings++;
    return news;
  }

  private Outage outage(Breaker breaker, Optional<Duration> retryAfter, String what) {
    Duration half = PAUSES.get(Math.min(breaker.openings, PAUSES.size() - 1)).dividedBy(2);
    Duration own = half.plus(Duration.ofMillis((long) (half.toMillis() * random.nextDouble())));
    return retryAfter
        .filter(asked -> asked.compareTo(own) > 0)
        .map(asked -> new Outage(time.instant(), asked, Outage.End.NAMED_BY_CA, what))
        .orElseGet(() -> new Outage(time.instant(), own, Outage.End.GUESSED_BY_NODE, what));
  }

  /**
   * Another node found the issuer unwell; forgets what was heard before.
   *
   * @return true if that may change who may ask
   */
  synchronized boolean heard(String issuer, Outage outage) {
    long left = outage.left(time.instant()).toNanos();
    if (left == 0) {
      return withdrawn(issuer); // it was left behind
    }
    long now = time.nanos();
    breakers.computeIfAbsent(issuer, id -> new Breaker()).heard =
        outage.isNamedByCa()
            ? new Heard(outage, now + left, now + left + CAREFUL_AFTERWARDS.toNanos())
            : new Heard(outage, now, now + left);
    return true;
  }

  /**
   * What another node had found does not hold any more.
   *
   * @return true if that may change who may ask
   */
  synchronized boolean withdrawn(String issuer) {
    Breaker breaker = breakers.get(issuer);
    if (breaker == null || breaker.heard == null) {
      return false;
    }
    breaker.heard = null;
    if (!breaker.isOpen() && breaker.unhappy.isEmpty()) {
      breakers.remove(issuer);
    }
    return true;
  }

  /** What this node itself found wrong with an issuer, if its gate is shut, or half open. */
  synchronized Optional<Outage> found(String issuer) {
    return Optional.ofNullable(breakers.get(issuer)).map(breaker -> breaker.found);
  }

  /** Whether nobody has found anything wrong since it last answered. */
  synchronized boolean isBeyondDoubt(String issuer) {
    return !breakers.containsKey(issuer);
  }

  /** How long nobody is going to ask this issuer; zero if somebody may. */
  public synchronized Duration closedFor(String issuer) {
    Breaker breaker = breakers.get(issuer);
    return breaker == null ? Duration.ZERO : remaining(breaker);
  }

  /** What is wrong with an issuer, if many names wait because of it. */
  public synchronized Optional<String> trouble(String issuer) {
    Breaker breaker = breakers.get(issuer);
    if (breaker != null && breaker.found != null) {
      return Optional.of(breaker.found.what());
    }
    return breaker != null && breaker.heard != null && isCareful(breaker, time.nanos())
        ? Optional.of(told(breaker.heard.outage()))
        : Optional.empty();
  }

  /** Whether only another node found it unwell, in a way that may be its own trouble. */
  public synchronized boolean mayBeAsked(String issuer) {
    Breaker breaker = breakers.get(issuer);
    return breaker == null || !breaker.isOpen() && remaining(breaker).isZero();
  }

  private static String told(Outage outage) {
    return "another node found it down at "
        + Moments.seconds(outage.found())
        + ": "
        + outage.what();
  }

  private Duration remaining(Breaker breaker) {
    long now = time.nanos();
    long own = breaker.isOpen() ? breaker.opensAt - now : 0;
    long heard = breaker.heard != null ? breaker.heard.shutUntil() - now : 0;
    return Duration.ofNanos(Math.max(0, Math.max(own, heard)));
  }

  /** Whether one name asks before the others do, because of what another node found. */
  private static boolean isCareful(Breaker breaker, long now) {
    return breaker.heard != null && breaker.heard.carefulUntil() - now > 0;
  }

  /** How many tasks may ask the issuer for this at once. */
  public synchronized int room(Resource resource) {
    if (resource.kind() == Resource.Kind.SETTLE) {
      return SETTLING_AT_ONCE; // an issuer that is down has nothing to do with it
    }
    boolean inquiry = resource.kind() == Resource.Kind.INQUIRY;
    Breaker breaker = breakers.get(resource.issuer());
    if (breaker != null && !remaining(breaker).isZero()) {
      return 0;
    } else if (breaker != null && (breaker.isOpen() || isCareful(breaker, time.nanos()))) {
      return 1; // of inquiries too: perhaps no step is due here for weeks
    }
    return inquiry ? INQUIRIES_AT_ONCE : STEPS;
  }

  /** When it is worth looking again whether there is room. */
  public synchronized Instant opensAt(String issuer, Instant now) {
    return now.plus(closedFor(issuer));
  }
}

package io.autotls.internal.record;

import io.autotls.Problem;
import io.autotls.spi.Progress.Asks;
import java.security.KeyPair;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The durable state of the work on one record. Immutable.
 *
 * @param issuerId the issuer of this attempt, or of the last one; null before the first
 * @param pendingKey the key to be certified; null while no attempt is under way
 * @param state what the issuer wants to remember; empty while no attempt is under way
 * @param asks whom the next step of the attempt asks
 * @param phase where the attempt is, for people
 * @param attempt how many attempts have failed since the last success
 * @param stepFailures how often the present step has failed
 * @param dueAt when the next step is due
 * @param holds which issuers are to be left alone, by id
 * @param asides attempts with other issuers that may be taken up again, by issuer
 * @param lastProblem what went wrong last; null after a success
 */
public record Job(
    @Nullable String issuerId,
    @Nullable KeyPair pendingKey,
    Map<String, String> state,
    Asks asks,
    String phase,
    int attempt,
    int stepFailures,
    Instant dueAt,
    Map<String, IssuerHold> holds,
    Map<String, SuspendedOrder> asides,
    @Nullable Problem lastProblem) {
  static final String IDLE = "waits for renewal";
  public static final String TO_BE_OBTAINED = "to be obtained";
  public static final String TRIES_AGAIN = "tries again";
  public static final String NEEDS_PERSON = "needs attention";
  static final String BEGINS = "begins";

  /** What {@link #NEEDS_PERSON} was called in records of the first nodes. */
  private static final String NEEDED_PERSON = "needs a person";

  /** Says that there is a key, in the storage: memory has no use for it. */
  private static final KeyPair ELSEWHERE = new KeyPair(null, null);

  public Job {
    state = Map.copyOf(state);
    holds = Map.copyOf(holds);
    asides = Map.copyOf(asides);
  }

  /** A phase as it is called now, by what is stored. */
  static String currentPhase(String stored) {
    return stored.equals(NEEDED_PERSON) ? NEEDS_PERSON : stored;
  }

  /** Nothing has been done yet, and it is due. */
  public static Job first(Instant now) {
    return new Job(
        null, null, Map.of(), Asks.ISSUER, TO_BE_OBTAINED, 0, 0, now, Map.of(), Map.of(), null);
  }

  /**
   * A credential arrived; the next one is due at {@code renewAt}. What another issuer asked for, or
   * has paused, holds as before: it is not the one that delivered.
   */
  Job done(Generation next, Instant renewAt) {
    Map<String, IssuerHold> others = new HashMap<>(holds);
    others.remove(next.issuerId());
    others.values().removeIf(hold -> !hold.until().isAfter(next.obtainedAt()));
    return new Job(null, null, Map.of(), Asks.ISSUER, IDLE, 0, 0, renewAt, others, Map.of(), null);
  }

  /** The next credential is due at another time. */
  Job plannedFor(Instant renewAt) {
    return with(renewAt, holds);
  }

  private Job with(Instant due, Map<String, IssuerHold> others) {
    return new Job(
        issuerId,
        pendingKey,
        state,
        asks,
        phase,
        attempt,
        stepFailures,
        due,
        others,
        asides,
        lastProblem);
  }

  public boolean isUnderWay() {
    return pendingKey != null;
  }

  public IssuerHold hold(String issuer) {
    return holds.getOrDefault(issuer, IssuerHold.NONE);
  }

  /** An attempt begins. */
  public Job begin(String issuer, KeyPair key, Instant now) {
    Map<String, SuspendedOrder> others = asidesBut(issuer, now);
    return new Job(
        issuer, key, Map.of(), Asks.ISSUER, BEGINS, attempt, 0, now, holds, others, lastProblem);
  }

  /** Goes on with the attempt that was laid aside when this issuer could not be asked. */
  public Optional<Job> takeUp(String issuer, Instant now) {
    return Optional.ofNullable(asides.get(issuer))
        .filter(aside -> aside.isWorthKeeping(now))
        .map(
            aside ->
                new Job(
                    issuer,
                    aside.key(),
                    aside.state(),
                    Asks.ISSUER,
                    aside.phase(),
                    attempt,
                    0,
                    now,
                    holds,
                    asidesBut(issuer, now),
                    lastProblem));
  }

  private Map<String, SuspendedOrder> asidesBut(String issuer, Instant now) {
    Map<String, SuspendedOrder> others = new HashMap<>(asides);
    others.remove(issuer);
    others.values().removeIf(aside -> !aside.isWorthKeeping(now));
    return others;
  }

  /** A step was taken. */
  public Job advanced(Map<String, String> next, String where, Instant due) {
    return new Job(
        issuerId,
        pendingKey,
        next,
        Asks.ISSUER,
        where,
        attempt,
        0,
        due,
        holds,
        asides,
        lastProblem);
  }

  /** The same, and the next step asks somebody else. */
  public Job asking(Asks whom) {
    return new Job(
        issuerId,
        pendingKey,
        state,
        whom,
        phase,
        attempt,
        stepFailures,
        dueAt,
        holds,
        asides,
        lastProblem);
  }

  /** A step failed; it will be taken again. */
  public Job stepFailed(Problem problem) {
    int failures = stepFailures + 1;
    Instant due = problem.nextAttempt();
    return new Job(
        issuerId, pendingKey, state, asks, phase, attempt, failures, due, holds, asides, problem);
  }

  /** The attempt failed; its issuer is left alone for a while. */
  public Job held(IssuerHold hold) {
    return ended(hold, asides);
  }

  /** The attempt was cut off by the end of a node, which counts against nobody. */
  public Job interrupted(IssuerHold hold) {
    Map<String, IssuerHold> next = new HashMap<>(holds);
    if (issuerId != null) {
      next.put(issuerId, hold);
    }
    return new Job(
        issuerId,
        null,
        Map.of(),
        Asks.ISSUER,
        TRIES_AGAIN,
        attempt,
        0,
        dueAt,
        next,
        asides,
        lastProblem);
  }

  /** The attempt cannot go on, which is not the fault of its order; its issuer is left alone. */
  public Job laidAside(IssuerHold hold, Instant now) {
    return ended(hold, asidesAndThis(now));
  }

  /**
   * The attempt is left to nodes that know its issuer, which may not be asked before its next step
   * is due; this one looks for another issuer.
   */
  public Job leftToOthers(Instant now) {
    Job held = issuerId == null ? this : heldUntil(issuerId, dueAt);
    return new Job(
        issuerId,
        null,
        Map.of(),
        Asks.ISSUER,
        TRIES_AGAIN,
        attempt,
        0,
        now,
        held.holds(),
        asidesAndThis(now),
        lastProblem);
  }

  private Map<String, SuspendedOrder> asidesAndThis(Instant now) {
    Map<String, SuspendedOrder> more = new HashMap<>(asides);
    if (issuerId != null && pendingKey != null) {
      more.put(issuerId, new SuspendedOrder(pendingKey, state, phase, now));
    }
    return more;
  }

  private Job ended(IssuerHold hold, Map<String, SuspendedOrder> kept) {
    Map<String, IssuerHold> next = new HashMap<>(holds);
    if (issuerId != null) {
      next.put(issuerId, hold);
    }
    return new Job(
        issuerId,
        null,
        Map.of(),
        Asks.ISSUER,
        TRIES_AGAIN,
        attempt + 1,
        0,
        dueAt,
        next,
        kept,
        lastProblem);
  }

  /** An issuer wants to be left alone until then, if not for longer. */
  public Job heldUntil(String issuer, Instant until) {
    IssuerHold before = hold(issuer);
    Map<String, IssuerHold> next = new HashMap<>(holds);
    if (before.until().isBefore(until)) {
      next.put(
          issuer, new IssuerHold(before.attempts(), until, before.what(), IssuerHold.By.ISSUER));
    }
    return with(dueAt, next);
  }

  /** What people are told of a failure, and when it goes on. */
  public Job told(Problem problem, String where) {
    Instant due = problem.nextAttempt();
    return new Job(
        issuerId,
        pendingKey,
        state,
        asks,
        where,
        attempt,
        stepFailures,
        due,
        holds,
        asides,
        problem);
  }

  /** The same with other times. */
  Job timed(
      Instant due,
      Map<String, IssuerHold> otherHolds,
      Map<String, SuspendedOrder> otherAsides,
      @Nullable Problem problem) {
    return new Job(
        issuerId,
        pendingKey,
        state,
        asks,
        phase,
        attempt,
        stepFailures,
        due,
        otherHolds,
        otherAsides,
        problem);
  }

  /** Somebody wants a credential now: everybody may be asked again. */
  public Job released(Instant now) {
    return with(now, Map.of());
  }

  /** Whatever only our own rules wanted to wait for may be done. */
  public Job freed() {
    Map<String, IssuerHold> freed = new HashMap<>(holds);
    freed.replaceAll((issuer, hold) -> hold.freed());
    return with(dueAt, freed);
  }

  /** What memory keeps: no key, and nothing of attempts that do not go on. */
  Job light() {
    return isUnderWay() || !asides.isEmpty()
        ? new Job(
            issuerId,
            isUnderWay() ? ELSEWHERE : null,
            state,
            asks,
            phase,
            attempt,
            stepFailures,
            dueAt,
            holds,
            Map.of(),
            lastProblem)
        : this;
  }

  @Override
  public String toString() {
    return "Job[" + phase + ", attempt " + attempt + ", due " + dueAt + "]"; // never the key
  }
}

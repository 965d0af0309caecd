package io.autotls.internal.engine;

import io.autotls.Problem;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The durable state of the work on one record. Immutable.
 *
 * @param issuerId the issuer of this attempt, or of the next one; null: the first that is
 *     configured
 * @param pendingKey the key to be certified; null while no attempt is under way
 * @param state what the issuer wants to remember; empty while no attempt is under way
 * @param phase where the attempt is, for people
 * @param attempt how many attempts have failed since the last success
 * @param stepFailures how often the present step has failed
 * @param dueAt when the next step is due
 * @param lastProblem what went wrong last; null after a success
 */
record Job(
    @Nullable String issuerId,
    @Nullable KeyPair pendingKey,
    Map<String, String> state,
    String phase,
    int attempt,
    int stepFailures,
    Instant dueAt,
    @Nullable Problem lastProblem) {
  static final String IDLE = "waits for renewal";
  static final String TO_BE_OBTAINED = "to be obtained";
  static final String TRIES_AGAIN = "tries again";
  static final String NEEDS_PERSON = "needs a person";

  Job {
    state = Map.copyOf(state);
  }

  /** Nothing has been done yet, and it is due. */
  static Job first(Instant now) {
    return new Job(null, null, Map.of(), TO_BE_OBTAINED, 0, 0, now, null);
  }

  /** A credential is there; the next one is due at {@code renewAt}. */
  static Job idle(Instant renewAt) {
    return new Job(null, null, Map.of(), IDLE, 0, 0, renewAt, null);
  }

  boolean isUnderWay() {
    return pendingKey != null;
  }

  /** An attempt begins. */
  Job begin(String issuerId, KeyPair key, Instant now) {
    return new Job(issuerId, key, Map.of(), "begins", attempt, 0, now, lastProblem);
  }

  /** A step was taken. */
  Job advanced(Map<String, String> state, String phase, Instant dueAt) {
    return new Job(issuerId, pendingKey, state, phase, attempt, 0, dueAt, lastProblem);
  }

  /** A step failed; it will be taken again. */
  Job stepFailed(Problem problem) {
    return new Job(
        issuerId,
        pendingKey,
        state,
        phase,
        attempt,
        stepFailures + 1,
        problem.nextAttempt(),
        problem);
  }

  /** The attempt failed; a new one will begin, with {@code nextIssuer}. */
  Job attemptFailed(Problem problem, String nextIssuer, String phase) {
    return new Job(
        nextIssuer, null, Map.of(), phase, attempt + 1, 0, problem.nextAttempt(), problem);
  }

  @Override
  public String toString() {
    return "Job[" + phase + ", attempt " + attempt + ", due " + dueAt + "]"; // never the key
  }
}

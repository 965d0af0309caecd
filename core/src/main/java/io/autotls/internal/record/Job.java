package io.autotls.internal.record;

import io.autotls.Problem;
import io.autotls.internal.time.Due;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Progress.Asks;
import java.security.KeyPair;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The durable state of the work on one record. Immutable; changed copies come from it. */
public final class Job {
  /** Where the work is. */
  public enum Phase {
    /** There is no certificate yet, or none that can be read. */
    TO_BE_OBTAINED,
    /** An attempt is under way. */
    UNDER_WAY,
    /** An attempt failed, or was cut off; the next one has its time. */
    TRIES_AGAIN,
    /** An attempt failed for a reason that a person should look at. */
    NEEDS_PERSON,
    /** The certificate is there, and waits for its renewal. */
    IDLE,
    /** Nodes of a newer version wrote the record in a form that this one must not write. */
    LEFT_TO_NEWER_NODES
  }

  private final Phase phase;
  private final @Nullable String issuerId; // of this attempt, or of the last one; null before that
  private final @Nullable PendingKey pendingKey; // null unless an attempt is under way
  private final @Nullable IssuanceStage stage; // null before the first step of an attempt
  private final Asks asks;
  private final Map<String, String> state; // what the issuer wants to remember
  private final int attempt;
  private final int stepFailures;
  private final Due due;
  private final Map<String, IssuerHold> holds;
  private final Map<String, SuspendedOrder> asides;
  private final @Nullable Problem lastProblem; // null after a success

  private Job(Builder builder) {
    this.phase = builder.phase;
    this.issuerId = builder.issuerId;
    this.pendingKey = builder.pendingKey;
    this.stage = builder.stage;
    this.asks = builder.asks;
    this.state = Map.copyOf(builder.state);
    this.attempt = builder.attempt;
    this.stepFailures = builder.stepFailures;
    this.due = builder.due;
    this.holds = Map.copyOf(builder.holds);
    this.asides = Map.copyOf(builder.asides);
    this.lastProblem = builder.lastProblem;
    if ((phase == Phase.UNDER_WAY) != (pendingKey != null)) {
      throw new IllegalArgumentException("a key is pending while an attempt is under way: " + this);
    }
  }

  /** Nothing has been done yet, and it is due. */
  public static Job first(Instant now) {
    return builder(Phase.TO_BE_OBTAINED, Due.at(now)).build();
  }

  /** What there is to do is known to nodes of a newer version only. */
  static Job leftToNewerNodes() {
    return builder(Phase.LEFT_TO_NEWER_NODES, Due.BY_A_PERSON).build();
  }

  /** A job of which nothing else is known. */
  static Builder builder(Phase phase, Due due) {
    return new Builder(phase, due);
  }

  /** Where the work is. */
  public Phase phase() {
    return phase;
  }

  /** The issuer of this attempt, or of the last one; null before the first. */
  public @Nullable String issuerId() {
    return issuerId;
  }

  /** Whether {@link #issuerId} is that one. */
  public boolean isWith(@Nullable String issuer) {
    return issuerId != null && issuerId.equals(issuer);
  }

  /** The key to be certified; null unless an attempt is under way. */
  public @Nullable PendingKey pendingKey() {
    return pendingKey;
  }

  /** The key to be certified, where it is here; empty without an attempt, and in memory. */
  public Optional<KeyPair> pendingPair() {
    return pendingKey instanceof PendingKey.Present present
        ? Optional.of(present.pair())
        : Optional.empty();
  }

  /** What the next step is about; empty at the first one, and while no attempt is under way. */
  public Optional<IssuanceStage> stage() {
    return Optional.ofNullable(stage);
  }

  /** Whom the next step of the attempt asks. */
  public Asks asks() {
    return asks;
  }

  /** What the issuer wants to remember; empty while no attempt is under way. */
  public Map<String, String> state() {
    return state;
  }

  /** How many attempts have failed since the last success. */
  public int attempt() {
    return attempt;
  }

  /** How often the present step has failed. */
  public int stepFailures() {
    return stepFailures;
  }

  /** When the next step is due. */
  public Due due() {
    return due;
  }

  /** Which issuers are to be left alone, by id. */
  public Map<String, IssuerHold> holds() {
    return holds;
  }

  /** Attempts with other issuers that may be taken up again, by issuer. */
  public Map<String, SuspendedOrder> asides() {
    return asides;
  }

  /** What went wrong last; null after a success. */
  public @Nullable Problem lastProblem() {
    return lastProblem;
  }

  public boolean isUnderWay() {
    return phase == Phase.UNDER_WAY;
  }

  /** Whether this node must write nothing about it. */
  public boolean isLeftToNewerNodes() {
    return phase == Phase.LEFT_TO_NEWER_NODES;
  }

  public IssuerHold hold(String issuer) {
    return holds.getOrDefault(issuer, IssuerHold.NONE);
  }

  /**
   * A credential arrived; the next one is due at {@code renewAt}. What another issuer asked for, or
   * has paused, holds as before: it is not the one that delivered.
   */
  Job done(Generation next, Instant renewAt) {
    Map<String, IssuerHold> others = new HashMap<>(holds);
    others.remove(next.issuerId());
    others.values().removeIf(hold -> !hold.until().isAfter(next.obtainedAt()));
    return builder(Phase.IDLE, Due.at(renewAt)).holds(others).build();
  }

  /** The next credential is due at another time. */
  Job plannedFor(Instant renewAt) {
    return toBuilder().due(Due.at(renewAt)).build();
  }

  /** An attempt begins. */
  public Job begin(String issuer, PendingKey key, Instant now) {
    return toBuilder()
        .underWay(issuer, key)
        .asides(asidesBut(issuer, now))
        .due(Due.at(now))
        .build();
  }

  /** Goes on with the attempt that was laid aside when this issuer could not be asked. */
  public Optional<Job> takeUp(String issuer, Instant now) {
    return Optional.ofNullable(asides.get(issuer))
        .filter(aside -> aside.isWorthKeeping(now))
        .map(
            aside ->
                toBuilder()
                    .underWay(issuer, aside.key())
                    .progress(aside.state(), aside.stage())
                    .asides(asidesBut(issuer, now))
                    .due(Due.at(now))
                    .build());
  }

  private Map<String, SuspendedOrder> asidesBut(String issuer, Instant now) {
    Map<String, SuspendedOrder> others = new HashMap<>(asides);
    others.remove(issuer);
    others.values().removeIf(aside -> !aside.isWorthKeeping(now));
    return others;
  }

  /** A step was taken. */
  public Job advanced(Map<String, String> next, IssuanceStage where, Instant at) {
    return toBuilder().progress(next, where).stepFailures(0).due(Due.at(at)).build();
  }

  /** The same, and the next step asks somebody else. */
  public Job asking(Asks whom) {
    return toBuilder().asks(whom).build();
  }

  /** A step could not be taken yet; it is as due as before. */
  public Job remembering(Map<String, String> next) {
    return toBuilder().progress(next, stage).asks(asks).build();
  }

  /** A step failed; it will be taken again. */
  public Job stepFailed(Problem problem) {
    return toBuilder().stepFailures(stepFailures + 1).failedWith(problem).build();
  }

  /** The attempt failed; its issuer is left alone for a while. */
  public Job held(IssuerHold hold) {
    return ended(hold).attempt(attempt + 1).build();
  }

  /** The attempt was cut off by the end of a node, which counts against nobody. */
  public Job interrupted(IssuerHold hold) {
    return ended(hold).build();
  }

  /** The attempt cannot go on, which is not the fault of its order; its issuer is left alone. */
  public Job laidAside(IssuerHold hold, Instant now) {
    return ended(hold).attempt(attempt + 1).asides(asidesAndThis(now)).build();
  }

  /**
   * The attempt is left to nodes that know its issuer, which may not be asked before its next step
   * is due; this one looks for another issuer.
   */
  public Job leftToOthers(Instant now) {
    Job held = issuerId == null ? this : heldUntil(issuerId, due);
    return toBuilder()
        .ended(Phase.TRIES_AGAIN)
        .due(Due.at(now))
        .holds(held.holds)
        .asides(asidesAndThis(now))
        .build();
  }

  private Map<String, SuspendedOrder> asidesAndThis(Instant now) {
    Map<String, SuspendedOrder> more = new HashMap<>(asides);
    if (issuerId != null && pendingKey != null) {
      more.put(issuerId, new SuspendedOrder(pendingKey, state, stage, now));
    }
    return more;
  }

  private Builder ended(IssuerHold hold) {
    Map<String, IssuerHold> next = new HashMap<>(holds);
    if (issuerId != null) {
      next.put(issuerId, hold);
    }
    return toBuilder().ended(Phase.TRIES_AGAIN).holds(next);
  }

  /** An issuer wants to be left alone until then, if not for longer. */
  public Job heldUntil(String issuer, Due until) {
    IssuerHold before = hold(issuer);
    Map<String, IssuerHold> next = new HashMap<>(holds);
    if (before.until().isBefore(until)) {
      next.put(
          issuer, new IssuerHold(before.attempts(), until, before.what(), IssuerHold.By.ISSUER));
    }
    return toBuilder().holds(next).build();
  }

  /** An attempt ended with this problem, which says when it goes on. */
  public Job failedWith(Problem problem) {
    return toBuilder().failedWith(problem).build();
  }

  /** The same, and a person should look at the problem. */
  public Job needingPerson(Problem problem) {
    return toBuilder().ended(Phase.NEEDS_PERSON).failedWith(problem).build();
  }

  /** Somebody wants a credential now: everybody may be asked again. */
  public Job released(Instant now) {
    return toBuilder().due(Due.at(now)).holds(Map.of()).build();
  }

  /** Whatever only our own rules wanted to wait for may be done. */
  public Job freed() {
    Map<String, IssuerHold> freed = new HashMap<>(holds);
    freed.replaceAll((issuer, hold) -> hold.freed());
    return toBuilder().holds(freed).build();
  }

  /** What memory keeps: no key, and nothing of attempts that do not go on. */
  Job withoutSecrets() {
    if (!isUnderWay() && asides.isEmpty()) {
      return this;
    }
    Builder light = toBuilder().asides(Map.of());
    light.pendingKey =
        pendingKey instanceof PendingKey.Present ? new PendingKey.InStorage() : pendingKey;
    return light.build();
  }

  /** A builder that begins as a copy of this. */
  Builder toBuilder() {
    Builder copy = new Builder(phase, due);
    copy.issuerId = issuerId;
    copy.pendingKey = pendingKey;
    copy.stage = stage;
    copy.asks = asks;
    copy.state = state;
    copy.attempt = attempt;
    copy.stepFailures = stepFailures;
    copy.holds = holds;
    copy.asides = asides;
    copy.lastProblem = lastProblem;
    return copy;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Job other
        && phase == other.phase
        && Objects.equals(issuerId, other.issuerId)
        && Objects.equals(pendingKey, other.pendingKey)
        && stage == other.stage
        && asks == other.asks
        && state.equals(other.state)
        && attempt == other.attempt
        && stepFailures == other.stepFailures
        && due.equals(other.due)
        && holds.equals(other.holds)
        && asides.equals(other.asides)
        && Objects.equals(lastProblem, other.lastProblem);
  }

  @Override
  public int hashCode() {
    return Objects.hash(phase, issuerId, state, attempt, stepFailures, due);
  }

  @Override
  public String toString() {
    return "Job[" + phase + ", attempt " + attempt + ", due " + due + "]"; // never the key
  }

  /** Collects what a job is; not safe for use by many threads. */
  static final class Builder {
    private Phase phase;
    private Due due;
    private @Nullable String issuerId;
    private @Nullable PendingKey pendingKey;
    private @Nullable IssuanceStage stage;
    private Asks asks = Asks.ISSUER;
    private Map<String, String> state = Map.of();
    private int attempt;
    private int stepFailures;
    private Map<String, IssuerHold> holds = Map.of();
    private Map<String, SuspendedOrder> asides = Map.of();
    private @Nullable Problem lastProblem;

    private Builder(Phase phase, Due due) {
      this.phase = phase;
      this.due = due;
    }

    /** An attempt with that issuer is at its beginning. */
    Builder underWay(String issuer, PendingKey key) {
      this.phase = Phase.UNDER_WAY;
      this.issuerId = issuer;
      this.pendingKey = key;
      this.stepFailures = 0;
      return progress(Map.of(), null);
    }

    /** No attempt is under way. */
    Builder ended(Phase next) {
      this.phase = next;
      this.pendingKey = null;
      this.stepFailures = 0;
      return progress(Map.of(), null);
    }

    /** What the issuer remembers, and what its next step is about, which asks the issuer. */
    Builder progress(Map<String, String> state, @Nullable IssuanceStage stage) {
      this.state = state;
      this.stage = stage;
      return asks(Asks.ISSUER);
    }

    Builder asks(Asks whom) {
      this.asks = whom;
      return this;
    }

    /** What went wrong, and with it when it goes on. */
    Builder failedWith(Problem problem) {
      this.lastProblem = problem;
      this.due = Due.ofPublic(problem.nextAttempt());
      return this;
    }

    Builder issuerId(@Nullable String issuer) {
      this.issuerId = issuer;
      return this;
    }

    Builder attempt(int attempt) {
      this.attempt = attempt;
      return this;
    }

    Builder stepFailures(int failures) {
      this.stepFailures = failures;
      return this;
    }

    Builder due(Due due) {
      this.due = due;
      return this;
    }

    Builder holds(Map<String, IssuerHold> holds) {
      this.holds = holds;
      return this;
    }

    Builder asides(Map<String, SuspendedOrder> asides) {
      this.asides = asides;
      return this;
    }

    Builder lastProblem(@Nullable Problem problem) {
      this.lastProblem = problem;
      return this;
    }

    Job build() {
      return new Job(this);
    }
  }
}

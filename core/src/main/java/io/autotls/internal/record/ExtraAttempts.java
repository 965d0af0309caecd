package io.autotls.internal.record;

import java.time.Duration;
import java.time.Instant;

/**
 * The tries that were granted beyond the schedule since the last success, because nodes started or
 * stopped and so neither the name nor its issuer was to blame. Stored with the record: a process
 * that crashes again and again, or many nodes that restart one by one, must not flood a CA.
 * Immutable.
 *
 * @param count how many there were
 * @param since when the first of them was
 */
public record ExtraAttempts(int count, Instant since) {
  static final ExtraAttempts NONE = new ExtraAttempts(0, Instant.EPOCH);

  /** Let's Encrypt bears five failed validations of a name in an hour. */
  private static final int MOST = 4;

  /** What a try is granted for, with how long all of them together have to suffice. */
  public enum Cause {
    /** A person may have mended something, or what failed was this node's own start. */
    START(Duration.ofHours(1)),
    /** The node that was to answer had stopped; or so it seems, for another one found out. */
    INTERRUPTION(Duration.ofDays(1));

    private final Duration window;

    Cause(Duration window) {
      this.window = window;
    }
  }

  public boolean allows(Cause cause, Instant now) {
    return count < MOST || isOver(cause, now);
  }

  /** One more. */
  public ExtraAttempts oneMore(Cause cause, Instant now) {
    return count == 0 || isOver(cause, now)
        ? new ExtraAttempts(1, now)
        : new ExtraAttempts(count + 1, since);
  }

  private boolean isOver(Cause cause, Instant now) {
    return since.isAfter(now) || !now.isBefore(since.plus(cause.window));
  }
}

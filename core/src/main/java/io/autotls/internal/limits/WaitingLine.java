package io.autotls.internal.limits;

import java.util.HashMap;
import java.util.Map;

/**
 * Spreads those who wait for the same bucket over the times at which it will have room, so that a
 * thousand names do not all come back for one place. What it hands out are hints: whoever comes
 * back asks the ledger again.
 *
 * <p>One for each bucket; times are milliseconds on a clock that never jumps.
 */
final class WaitingLine {
  private final Map<String, Long> turns = new HashMap<>();
  private long last = Long.MIN_VALUE;

  /**
   * When it is {@code who}'s turn.
   *
   * @param earliest when there will be room for one
   * @param interval how long until there is room for the next one
   * @param spread how far turns are spread. Beyond it the line begins again from the front: turns
   *     too far away would leave room unused if those in front do not come
   */
  long turn(String who, long earliest, long interval, long spread) {
    Long known = turns.get(who);
    if (known != null && known >= earliest && known - earliest <= spread) {
      return known;
    }
    long next = last < earliest ? earliest : last + interval;
    if (next - earliest > spread) {
      next = earliest;
    }
    last = next;
    turns.put(who, next);
    return next;
  }

  void leave(String who) {
    turns.remove(who);
  }

  /** Forgets those who did not come. */
  void forgetBefore(long time) {
    turns.values().removeIf(turn -> turn < time);
  }

  boolean isEmpty() {
    return turns.isEmpty();
  }
}

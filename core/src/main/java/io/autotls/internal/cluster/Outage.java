package io.autotls.internal.cluster;

import io.autotls.internal.record.RetryPolicy;
import io.autotls.internal.record.StoredTimes;
import java.time.Duration;
import java.time.Instant;

/**
 * What was found wrong with an issuer, and for how long nobody is going to ask it.
 *
 * @param found when, by the wall clock of whoever found it
 * @param pause for how long from then on; never more than {@link RetryPolicy#LONGEST_WAIT}
 * @param end who named that end
 * @param what what was wrong, in the issuer's own words where it said anything
 */
record Outage(Instant found, Duration pause, End end, String what) {
  private static final int LONGEST_TEXT = 300;

  /** Who says when to ask again. That decides for whom it holds. */
  enum End {
    /** The CA (Retry-After): it speaks of itself, so this holds for every node. */
    NAMED_BY_CA,
    /** The node that found it, by its own schedule: what it met may have been its own network. */
    GUESSED_BY_NODE
  }

  Outage {
    pause = pause.compareTo(RetryPolicy.LONGEST_WAIT) > 0 ? RetryPolicy.LONGEST_WAIT : pause;
    what = what.length() > LONGEST_TEXT ? what.substring(0, LONGEST_TEXT) + "…" : what;
  }

  boolean isNamedByCa() {
    return end == End.NAMED_BY_CA;
  }

  Instant until() {
    return found.plus(pause);
  }

  /**
   * How much of it is left for a node that hears of it now: zero if it is over. The two wall clocks
   * may differ, so this is never more than the whole pause, and less if the one was wrong.
   */
  Duration left(Instant now) {
    if (!until().isAfter(now)) {
      return Duration.ZERO;
    }
    Duration left = StoredTimes.wait(found, until(), now);
    return left.compareTo(pause) < 0 ? left : pause;
  }

  /** Whether a node that knows of this one learns nothing from the other. */
  boolean covers(Outage other) {
    return end.compareTo(other.end) <= 0 && !until().isBefore(other.until());
  }
}

package io.autotls.internal.issuance;

import io.autotls.Problem;

/**
 * What failed on this node and could not be stored, because the storage itself failed, or because
 * nobody foresaw it. It is shown until the work goes on.
 *
 * @param kind what kind of thing it was
 * @param problem for people; its next attempt is when this node tries again
 */
public record NodeFailure(Kind kind, Problem problem) {
  /** What failed. */
  public enum Kind {
    /** The storage, so nothing can be ordered. */
    STORAGE("waits for the storage", "the storage failed"),
    /** A step, in a way that nobody foresaw. */
    STEP("tries again", "the last step failed in a way that nobody foresaw"),
    /** Something beside the steps: the renewal goes on as planned. */
    ASIDE("", "");

    private final String phase;
    private final String reason;

    Kind(String phase, String reason) {
      this.phase = phase;
      this.reason = reason;
    }

    /** Whether no step is taken before the next attempt. */
    public boolean stopsSteps() {
      return this != ASIDE;
    }

    /** What happens now, for people. */
    public String phase() {
      return phase;
    }

    /** Why the next step is due when it is, for people. */
    public String reason() {
      return reason;
    }
  }
}

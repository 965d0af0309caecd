package io.autotls;

import java.time.Instant;
import java.util.Objects;

/**
 * What went wrong, in four parts: what happened, what happens next, when, and what to do.
 *
 * @param at when it happened
 * @param what what happened, in the words of the CA where there are any
 * @param next what happens next
 * @param nextAttempt when AutoTls tries again; in the year 9999 if it does not by itself
 * @param advice what a person can do; "nothing" is an advice too
 */
public record Problem(Instant at, String what, String next, Instant nextAttempt, String advice) {
  public Problem {
    Objects.requireNonNull(at, "at");
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(next, "next");
    Objects.requireNonNull(nextAttempt, "nextAttempt");
    Objects.requireNonNull(advice, "advice");
  }

  @Override
  public String toString() {
    return what + " Next: " + next + " To do: " + advice;
  }
}

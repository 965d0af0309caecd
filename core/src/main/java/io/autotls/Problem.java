package io.autotls;

import io.autotls.internal.text.PlainText;
import java.time.Instant;
import java.util.Objects;

/**
 * What went wrong, in four parts: what happened, what happens next, when, and what to do. Each text
 * is one line of visible characters, whoever is quoted in it, and has 4,000 of them at most.
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
    what = PlainText.message(Objects.requireNonNull(what, "what"));
    next = PlainText.message(Objects.requireNonNull(next, "next"));
    Objects.requireNonNull(nextAttempt, "nextAttempt");
    advice = PlainText.message(Objects.requireNonNull(advice, "advice"));
  }

  @Override
  public String toString() {
    return what + " Next: " + next + " To do: " + advice;
  }
}

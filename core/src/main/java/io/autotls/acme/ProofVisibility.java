package io.autotls.acme;

import java.time.Duration;
import java.util.Objects;

/** Whether the CA could see the answers that a {@link Prover} was asked for. */
public sealed interface ProofVisibility {
  /** All are in place; the CA may look at once, from many places. */
  record Visible() implements ProofVisibility {}

  /**
   * All are published, and some cannot be seen everywhere yet, as in the DNS. The order waits, and
   * holds nothing.
   *
   * @param lookAgain when to ask {@link Prover#settle} about it, counted from now; from a second to
   *     an hour, whatever is said here
   * @param reason what is waited for, for people
   */
  record NotYet(Duration lookAgain, String reason) implements ProofVisibility {
    public NotYet {
      Objects.requireNonNull(lookAgain, "lookAgain");
      Objects.requireNonNull(reason, "reason");
    }
  }

  /**
   * None is published, because there is no room for them now, as long as another order's answer
   * stands in the only place. The order waits, and holds nothing.
   *
   * @param tryAgain when to {@link Prover#present} them again, counted from now; longer each time,
   *     up to sixteen times, and from a second to an hour whatever is said here
   * @param reason what is waited for, for people
   */
  record Postponed(Duration tryAgain, String reason) implements ProofVisibility {
    public Postponed {
      Objects.requireNonNull(tryAgain, "tryAgain");
      Objects.requireNonNull(reason, "reason");
    }
  }

  /** All are in place. */
  static ProofVisibility visible() {
    return new Visible();
  }

  /** All are published; {@link Prover#settle} says after {@code lookAgain} whether that is seen. */
  static ProofVisibility notYet(Duration lookAgain, String reason) {
    return new NotYet(lookAgain, reason);
  }

  /** None is published; it is tried again after {@code tryAgain}. */
  static ProofVisibility postponed(Duration tryAgain, String reason) {
    return new Postponed(tryAgain, reason);
  }
}

package io.autotls.spi;

import java.time.Duration;
import java.util.Objects;

/** Whether the CA could see the answers that a {@link ChallengeSolver} was asked for. */
public sealed interface Visibility {
  /** All are in place; the CA may look at once, from many places. */
  record Visible() implements Visibility {}

  /**
   * All are published, and some cannot be seen everywhere yet, as in the DNS. The order waits, and
   * holds nothing: no thread, no lease, no turn at the CA.
   *
   * @param lookAgain when to ask {@link ChallengeSolver#settle} about it, counted from now; from a
   *     second to an hour, whatever is said here
   * @param reason what is waited for, for people: {@code "ns2.example.net does not have it yet"}
   */
  record NotYet(Duration lookAgain, String reason) implements Visibility {
    public NotYet {
      Objects.requireNonNull(lookAgain, "lookAgain");
      Objects.requireNonNull(reason, "reason");
    }
  }

  /**
   * None is published, because there is no room for them now, as long as another order's answer
   * stands in the only place, or a provider takes no more changes for the moment. The order waits,
   * and holds nothing; what it had published elsewhere is taken away meanwhile.
   *
   * @param tryAgain when to {@link ChallengeSolver#present} them again, counted from now; longer
   *     each time, up to sixteen times, and from a second to an hour whatever is said here
   * @param reason what is waited for, for people
   */
  record Postponed(Duration tryAgain, String reason) implements Visibility {
    public Postponed {
      Objects.requireNonNull(tryAgain, "tryAgain");
      Objects.requireNonNull(reason, "reason");
    }
  }

  /** All are in place. */
  static Visibility visible() {
    return new Visible();
  }

  /** All are published; whether they can be seen is asked again after {@code lookAgain}. */
  static Visibility notYet(Duration lookAgain, String reason) {
    return new NotYet(lookAgain, reason);
  }

  /** None is published; they are presented again after {@code tryAgain}. */
  static Visibility postponed(Duration tryAgain, String reason) {
    return new Postponed(tryAgain, reason);
  }
}

package io.autotls.acme;

import java.time.Duration;

/**
 * Hears how the clock of a CA compares with the one that the client was given, from the {@code
 * Date} of each of its answers (RFC 9110 §6.6.1). Answers without one, or with one that makes no
 * sense, and those from a cache are passed over.
 */
@FunctionalInterface
public interface ClockObserver {
  /**
   * An answer came. Called by whichever thread asked; must be quick, and not throw.
   *
   * @param ahead how far the CA's clock is ahead of ours, negative if it is behind; zero if the
   *     difference is no more than what the request took, and the second that a {@code Date} names
   */
  void heard(Duration ahead);
}

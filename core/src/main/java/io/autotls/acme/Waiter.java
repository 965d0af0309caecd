package io.autotls.acme;

import java.time.Duration;

/**
 * How this client waits: between two looks at an order, and before it repeats a request. Hand in
 * your own to let time pass on a virtual clock.
 *
 * <p>Waiting is measured by a clock that only goes forward. Nothing here depends on the time of
 * day, so a clock that is set during a wait changes nothing.
 */
@FunctionalInterface
public interface Waiter {
  /**
   * Returns when {@code duration} has passed, and not before.
   *
   * @throws InterruptedException if the thread was interrupted; then whoever waits gives up
   */
  void await(Duration duration) throws InterruptedException;

  /** Waits in real time. */
  static Waiter system() {
    return SystemWaiter.INSTANCE;
  }
}

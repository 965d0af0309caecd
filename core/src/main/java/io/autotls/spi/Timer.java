package io.autotls.spi;

import java.time.Duration;

/** Calls back when some time has passed. */
@FunctionalInterface
public interface Timer {
  /**
   * Calls {@code task} once, not before {@code delay} has passed; a delay of zero or less means
   * soon. The task is short and never blocks: it runs on the thread that keeps the time. Work
   * belongs to an {@link java.util.concurrent.Executor}.
   */
  Cancellable schedule(Duration delay, Runnable task);
}

package io.autotls.testing.ca;

import java.time.Duration;

/**
 * Runs tasks later: how delays of validation, issuance and responses pass. By default in real time;
 * a test with a virtual clock hands in its own, and tasks run on the thread which moves that clock.
 */
@FunctionalInterface
public interface Scheduler {
  /** Runs the task once after the delay. Tasks do not throw. */
  void schedule(Duration delay, Runnable task);
}

package io.autotls.spi;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * All the time that AutoTls knows: what the wall clock says, how much time has passed, and a way to
 * be called later. Applications keep the default, {@link #system()}; tests hand in a virtual one
 * and let a year pass in seconds.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface TimeSource extends InstantSource, Ticker, AutoCloseable {
  /** What the wall clock says. It may jump, in both directions. */
  @Override
  Instant instant();

  /**
   * Calls {@code task} once, not before {@code delay} has passed; a delay of zero or less means
   * soon. The task must be short: it runs on the thread that keeps the time.
   *
   * @return closing it cancels the call if it has not begun
   */
  Watch schedule(Duration delay, Runnable task);

  /**
   * Runs {@code task} soon on one of a bounded number of worker threads. Work that blocks, such as
   * I/O, belongs here. After {@link #close()} tasks are silently dropped.
   */
  void execute(Runnable task);

  /**
   * Runs {@code task} soon, as {@link #execute} does, but on a thread that nothing else needs: it
   * calls code of the application, such as a listener, which may block for long. {@link #close()}
   * hardly waits for it. The same as {@code execute} unless overridden.
   */
  default void executeForListener(Runnable task) {
    execute(task);
  }

  /**
   * Ends the threads. What is scheduled is dropped; tasks that run get a moment to end (5 seconds
   * of the real time, half a second for those of listeners), then they are interrupted. May be
   * called from a task: nobody waits for that one.
   */
  @Override
  void close();

  /**
   * The real time, on one daemon thread for the timer, {@code workers} daemon threads for work, and
   * one for each listener that has something to hear.
   */
  static TimeSource system(int workers) {
    return new SystemTimeSource(workers);
  }
}

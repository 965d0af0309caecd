package io.autotls.internal.time;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The only place in AutoTls that asks the system for the time. */
public final class SystemTime implements TimeSource, AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ScheduledThreadPoolExecutor timer;

  public SystemTime() {
    this.timer = new ScheduledThreadPoolExecutor(1, Threads.daemons("autotls-timer"));
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS); // nobody need close this
    timer.allowCoreThreadTimeOut(true);
  }

  @Override
  public Instant instant() {
    return Instant.now();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Cancellable schedule(Duration delay, Runnable task) {
    try {
      Future<?> future = timer.schedule(task, Math.max(0, toNanos(delay)), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {}; // closed meanwhile: nothing will be called, nothing is to be cancelled
    }
  }

  /** Ends the thread now, and drops what is scheduled. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  private static long toNanos(Duration delay) {
    try {
      return delay.toNanos();
    } catch (ArithmeticException e) {
      return delay.isNegative() ? 0 : Long.MAX_VALUE / 2; // 146 years
    }
  }
}

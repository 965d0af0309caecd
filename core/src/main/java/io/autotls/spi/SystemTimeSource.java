package io.autotls.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The only place in AutoTls that asks the system for the time. */
final class SystemTimeSource implements TimeSource {
  private static final long PATIENCE_SECONDS = 5;

  private final ScheduledThreadPoolExecutor timer;
  private final ExecutorService workers;

  SystemTimeSource(int workers) {
    this.timer = new ScheduledThreadPoolExecutor(1, daemonThreads("autotls-timer"));
    this.timer.setRemoveOnCancelPolicy(true);
    this.workers = Executors.newFixedThreadPool(workers, daemonThreads("autotls-worker"));
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
  public Watch schedule(Duration delay, Runnable task) {
    try {
      Future<?> future = timer.schedule(task, Math.max(0, toNanos(delay)), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {}; // closed meanwhile: nothing will be called, nothing is to be cancelled
    }
  }

  @Override
  public void execute(Runnable task) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException e) {
      // Closed meanwhile; what was to be done is in the storage and is done by the next start.
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private static long toNanos(Duration delay) {
    try {
      return delay.toNanos();
    } catch (ArithmeticException e) {
      return delay.isNegative() ? 0 : Long.MAX_VALUE / 2; // 146 years
    }
  }

  private static ThreadFactory daemonThreads(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}

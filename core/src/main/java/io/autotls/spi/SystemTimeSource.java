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
  private static final Duration WORK_PATIENCE = Duration.ofSeconds(5);

  /** A listener is the application's own, and may block for as long as it likes. */
  private static final Duration LISTENER_PATIENCE = Duration.ofMillis(500);

  private static final String WORK = "autotls-worker";
  private static final String LISTENERS = "autotls-listener";

  private final ScheduledThreadPoolExecutor timer;
  private final ExecutorService workers;
  private final ExecutorService listeners; // as many threads as listeners are called at once

  SystemTimeSource(int workers) {
    this.timer = new ScheduledThreadPoolExecutor(1, daemonThreads("autotls-timer"));
    this.timer.setRemoveOnCancelPolicy(true);
    this.workers = Executors.newFixedThreadPool(workers, daemonThreads(WORK));
    this.listeners = Executors.newCachedThreadPool(daemonThreads(LISTENERS));
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
  public void executeForListener(Runnable task) {
    try {
      listeners.execute(task);
    } catch (RejectedExecutionException e) {
      // Closed meanwhile: nobody is told any more.
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    workers.shutdown();
    listeners.shutdown();
    end(workers, WORK, WORK_PATIENCE);
    end(listeners, LISTENERS, LISTENER_PATIENCE);
  }

  /** Who calls this on a thread of that very pool would wait for itself. */
  private void end(ExecutorService pool, String name, Duration patience) {
    boolean ours = Thread.currentThread() instanceof Member member && member.isOf(this, name);
    try {
      if (!ours && !pool.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        pool.shutdownNow();
      }
    } catch (InterruptedException e) {
      pool.shutdownNow();
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

  private ThreadFactory daemonThreads(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Member(task, name, count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A thread that knows whose it is. */
  private final class Member extends Thread {
    private final String pool;

    private Member(Runnable task, String pool, int number) {
      super(task, pool + "-" + number);
      this.pool = pool;
    }

    private boolean isOf(SystemTimeSource source, String name) {
      return source == SystemTimeSource.this && pool.equals(name);
    }
  }
}

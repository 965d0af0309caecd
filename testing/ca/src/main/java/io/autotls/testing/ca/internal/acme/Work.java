package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Threads and delays of the CA. */
public final class Work implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Work.class);

  private final ExecutorService threads;
  private final ScheduledThreadPoolExecutor timer;
  private final Scheduler scheduler;

  /** Null as scheduler: real time. */
  public Work(ThreadFactory factory, @Nullable Scheduler scheduler) {
    this.threads = Executors.newCachedThreadPool(factory);
    this.timer = new ScheduledThreadPoolExecutor(1, factory);
    this.scheduler =
        scheduler != null
            ? scheduler
            : (delay, task) ->
                timer.schedule(() -> threads.execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Runs the task in the background; a delay passes on the scheduler. */
  void after(Duration delay, Runnable task) {
    Runnable guarded = guard(task);
    try {
      if (delay.isZero()) {
        threads.execute(guarded);
      } else {
        scheduler.schedule(delay, guarded);
      }
    } catch (RejectedExecutionException e) {
      log.debug("The CA is closed, a task is dropped");
    }
  }

  /** Holds the calling thread until the scheduler says that the delay has passed. */
  public void hold(Duration delay) throws InterruptedException {
    CompletableFuture<Void> passed = new CompletableFuture<>();
    scheduler.schedule(delay, () -> passed.complete(null));
    try {
      passed.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a delay cannot fail", e);
    }
  }

  private static Runnable guard(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        log.error("The test CA failed in the background; the order concerned will not go on.", e);
      }
    };
  }

  @Override
  public void close() {
    timer.shutdownNow();
    threads.shutdownNow();
  }
}

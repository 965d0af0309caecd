package io.autotls.internal.time;

import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work of one {@code AutoTls} on an executor that may belong to anybody. Drops what has not
 * begun when it is closed, waits for what has, and survives an executor that refuses a task.
 */
public final class Work implements Executor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Work.class);

  /** Before a task that was refused is handed in again. */
  private static final Duration REFUSED = Duration.ofSeconds(1);

  private final Executor executor;
  private final TimeSource time;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock(); // guards all below
  private final Condition ended = lock.newCondition();
  private final Set<Thread> running = new HashSet<>();
  private final Set<Thread> interrupted = new HashSet<>();
  private boolean closed;
  private boolean refused;

  /**
   * Creates one.
   *
   * @param time for what the executor refuses
   * @param patience how long {@link #close} waits for what runs, in real time; if it is zero,
   *     nothing is waited for, nor interrupted
   */
  public Work(Executor executor, TimeSource time, Duration patience) {
    this.executor = executor;
    this.time = time;
    this.patience = patience;
  }

  /** Runs it soon, and never on the caller's thread; never throws. Dropped once this is closed. */
  @Override
  public void execute(Runnable task) {
    if (isClosed()) {
      return; // what was to be done is in the storage, and is done by the next start
    }
    try {
      executor.execute(() -> run(task));
      refused(false);
    } catch (RejectedExecutionException e) {
      if (refused(true)) {
        log.warn(
            "The executor of the application refuses work ({}). Next: it is handed in again each"
                + " second; certificates that are stored are served meanwhile. To do: hand in one"
                + " with a queue that has no bound, and end it after AutoTls.",
            e.toString());
      }
      time.schedule(REFUSED, () -> execute(task));
    }
  }

  /** Returns whether that is news. */
  private boolean refused(boolean now) {
    lock.lock();
    try {
      boolean news = refused != now && !closed;
      refused = now;
      return news;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void run(Runnable task) {
    Thread thread = Thread.currentThread();
    boolean outermost;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      outermost = running.add(thread);
    } finally {
      lock.unlock();
    }
    try {
      task.run();
    } finally {
      if (outermost) {
        left(thread);
      }
    }
  }

  private void left(Thread thread) {
    lock.lock();
    try {
      running.remove(thread);
      if (interrupted.remove(thread)) {
        Thread.interrupted(); // it was meant for our task, not for the next one of this thread
      }
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Drops what has not begun, and waits for what has; then interrupts it. May be called from a
   * task: nobody waits for that one.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      long left = patience.toNanos();
      while (othersRun() && left > 0) {
        left = ended.awaitNanos(left);
      }
      if (!patience.isZero()) {
        interruptOthers();
      }
    } catch (InterruptedException e) {
      interruptOthers();
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private boolean othersRun() {
    return running.size() > (running.contains(Thread.currentThread()) ? 1 : 0);
  }

  private void interruptOthers() {
    for (Thread thread : running) {
      if (thread != Thread.currentThread()) {
        interrupted.add(thread);
        thread.interrupt();
      }
    }
  }
}

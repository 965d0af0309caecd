package io.autotls.testing;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until the test moves it. Timers and tasks run on the thread that calls
 * {@link #advance}, one after the other and always in the same order: a year of renewals takes as
 * long as their work.
 *
 * <pre>{@code
 * VirtualTime time = VirtualTime.startingAt(Instant.parse("2026-01-01T00:00:00Z"));
 * AutoTls tls = AutoTls.builder().time(time).executor(time)….enable();
 * time.advance(Duration.ofDays(61));          // the renewal has happened
 * }</pre>
 *
 * <p>It is the time and the executor of as many {@code AutoTls} as a test likes. Scheduling is safe
 * from any thread; moving time belongs to the test's.
 */
public final class VirtualTime implements TimeSource, Executor {
  private final TreeSet<Call> timers = new TreeSet<>(); // guarded by this, like all below
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private Instant now;
  private long nanos;
  private long numbers;

  private VirtualTime(Instant start) {
    this.now = start;
  }

  /** Time that begins at {@code start}. */
  public static VirtualTime startingAt(Instant start) {
    return new VirtualTime(start);
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }

  private record Call(long due, long number, Runnable task) implements Comparable<Call> {
    @Override
    public int compareTo(Call other) {
      return due != other.due ? Long.compare(due, other.due) : Long.compare(number, other.number);
    }
  }

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  @Override
  public synchronized Cancellable schedule(Duration delay, Runnable task) {
    Call call = new Call(nanos + (delay.isNegative() ? 0 : delay.toNanos()), numbers++, task);
    timers.add(call);
    return () -> cancel(call);
  }

  private synchronized void cancel(Call call) {
    timers.remove(call);
  }

  /** Runs it when time is moved next, or at once while it moves. */
  @Override
  public synchronized void execute(Runnable task) {
    tasks.add(task);
  }

  /**
   * Lets time pass: everything that comes due meanwhile happens, at its moment and in its order.
   */
  public void advance(Duration duration) {
    long end;
    synchronized (this) {
      end = nanos + duration.toNanos();
    }
    runUntilIdle();
    for (Runnable due = nextDue(end); due != null; due = nextDue(end)) {
      due.run();
      runUntilIdle();
    }
    moveTo(end);
  }

  /** Sets the wall clock forth or back, as an operator or NTP does; no time passes. */
  public synchronized void jump(Duration duration) {
    now = now.plus(duration);
  }

  /** Does what is to be done now, without letting time pass. */
  public void runUntilIdle() {
    for (Runnable task = nextTask(); task != null; task = nextTask()) {
      task.run();
    }
  }

  private synchronized @Nullable Runnable nextTask() {
    Call first = timers.isEmpty() ? null : timers.first();
    if (tasks.isEmpty() && first != null && first.due() <= nanos) {
      timers.remove(first);
      return first.task();
    }
    return tasks.poll();
  }

  private synchronized @Nullable Runnable nextDue(long end) {
    if (timers.isEmpty() || timers.first().due() > end) {
      return null;
    }
    Call first = timers.pollFirst();
    moveTo(Math.max(nanos, first.due()));
    return first.task();
  }

  private synchronized void moveTo(long target) {
    now = now.plusNanos(target - nanos);
    nanos = target;
  }
}

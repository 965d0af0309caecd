package io.autotls.testing;

import io.autotls.spi.TimeSource;
import io.autotls.spi.Watch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until the test moves it. Timers and tasks run on the thread that calls
 * {@link #advance}, one after the other and always in the same order: a year of renewals takes as
 * long as their work.
 *
 * <pre>{@code
 * VirtualTime time = VirtualTime.startingAt(Instant.parse("2026-01-01T00:00:00Z"));
 * AutoTls tls = AutoTls.builder().time(time.node())….enable();
 * time.advance(Duration.ofDays(61));          // the renewal has happened
 * }</pre>
 *
 * <p>Each {@code AutoTls} gets a {@link #node()} of its own, which it closes with itself.
 * Scheduling is safe from any thread; moving time belongs to the test's.
 */
public final class VirtualTime {
  private final TreeSet<Timer> timers = new TreeSet<>(); // guarded by this, like all below
  private final Deque<Task> tasks = new ArrayDeque<>();
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

  /** What the wall clock says. */
  public synchronized Instant instant() {
    return now;
  }

  private record Task(Node node, Runnable work) {}

  private record Timer(long due, long number, Task task) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return due != other.due ? Long.compare(due, other.due) : Long.compare(number, other.number);
    }
  }

  /** The time of one {@code AutoTls}: closing it drops what that one had scheduled. */
  public TimeSource node() {
    return new Node();
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
    for (Task due = nextDue(end); due != null; due = nextDue(end)) {
      run(due);
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
    for (Task task = nextTask(); task != null; task = nextTask()) {
      run(task);
    }
  }

  private static void run(Task task) {
    if (!task.node().closed) {
      task.work().run();
    }
  }

  private synchronized @Nullable Task nextTask() {
    Timer first = timers.isEmpty() ? null : timers.first();
    if (tasks.isEmpty() && first != null && first.due() <= nanos) {
      timers.remove(first);
      return first.task();
    }
    return tasks.poll();
  }

  private synchronized @Nullable Task nextDue(long end) {
    if (timers.isEmpty() || timers.first().due() > end) {
      return null;
    }
    Timer first = timers.pollFirst();
    moveTo(Math.max(nanos, first.due()));
    return first.task();
  }

  private synchronized void moveTo(long target) {
    now = now.plusNanos(target - nanos);
    nanos = target;
  }

  private final class Node implements TimeSource {
    private volatile boolean closed;

    @Override
    public Instant instant() {
      return VirtualTime.this.instant();
    }

    @Override
    public long nanos() {
      synchronized (VirtualTime.this) {
        return nanos;
      }
    }

    @Override
    public Watch schedule(Duration delay, Runnable task) {
      synchronized (VirtualTime.this) {
        long due = nanos + (delay.isNegative() ? 0 : delay.toNanos());
        Timer timer = new Timer(due, numbers++, new Task(this, task));
        timers.add(timer);
        return () -> {
          synchronized (VirtualTime.this) {
            timers.remove(timer);
          }
        };
      }
    }

    @Override
    public void execute(Runnable task) {
      synchronized (VirtualTime.this) {
        tasks.add(new Task(this, task));
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}

package io.autotls.testing;

import io.autotls.spi.TimeSource;
import io.autotls.spi.Watch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until a test moves it. A year of renewals runs in the seconds that its
 * work takes, in the same order each time.
 *
 * <pre>{@code
 * VirtualTime time = VirtualTime.startingAt(Instant.parse("2027-01-01T00:00:00Z"));
 * node.start(time);
 * time.runUntilIdle();                  // what is to be done now
 * time.advance(Duration.ofDays(60));    // what falls due meanwhile, each at its time
 * }</pre>
 *
 * <p>Timers and tasks run on the thread that calls {@link #runUntilIdle()} or {@link #advance}, one
 * after the other, and only there: a task may block for I/O, while which time stands still. Timers
 * run in the order in which they fall due, then in which they were scheduled; the tasks that a
 * timer hands in run before the next timer. An exception of a timer or task ends the call with that
 * exception.
 *
 * <p>Any thread may schedule, hand in tasks and read the time. One thread at a time moves it.
 *
 * <p>For clusters each node gets a clock of its own, by {@link #clock()}: it ticks with all others,
 * but its wall clock may be wrong, and closing it ends the work of this node alone.
 */
public final class VirtualTime implements TimeSource {
  /** So many tasks and timers without a tick are no work any more, but a loop. */
  private static final int MAX_STEPS_WITHOUT_TICK = 1_000_000;

  /** A single reading means nothing; that this one is negative tells who believes otherwise. */
  private static final long FIRST_TICK = Duration.ofHours(-1).toNanos();

  private final Object mutex = new Object();
  private final Queue<Task> tasks = new ArrayDeque<>(); // guarded by mutex, as all that follows
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(
          Comparator.comparingLong((Timer timer) -> timer.due)
              .thenComparingLong(timer -> timer.number));
  private long now = FIRST_TICK;
  private long numbers;

  private final AtomicReference<@Nullable Thread> driver = new AtomicReference<>();
  private final Clock own;

  private VirtualTime(Instant start) {
    this.own = new Clock(start);
  }

  /** Time that stands at {@code start}. */
  public static VirtualTime startingAt(Instant start) {
    return new VirtualTime(start);
  }

  /** Another clock, with the same wall time as this one has now. See {@link Clock}. */
  public Clock clock() {
    return new Clock(instant());
  }

  /**
   * Runs the tasks that wait and the timers that are due now, and whatever these hand in, until
   * nothing is left to do now. Time does not move.
   *
   * @throws IllegalStateException if called by a task or timer, while another thread moves the
   *     time, or if work goes on for ever without letting time pass
   */
  public void runUntilIdle() {
    advance(Duration.ZERO);
  }

  /**
   * Lets {@code duration} pass: moves to each timer that falls due meanwhile, in order, and runs it
   * with all that it hands in; then moves to the end.
   *
   * @throws IllegalStateException as for {@link #runUntilIdle()}
   */
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(
          "time does not go back: " + duration + "; a wall clock does, by jump()");
    }
    if (!driver.compareAndSet(null, Thread.currentThread())) {
      throw new IllegalStateException(
          driver.get() == Thread.currentThread()
              ? "a task cannot move the time that it runs in; schedule a timer instead"
              : "another thread moves the time already");
    }
    try {
      long end = plus(nanos(), duration);
      int steps = 0;
      while (true) {
        long before = nanos();
        Optional<Runnable> next = next(end);
        if (next.isEmpty()) {
          return;
        }
        next.get().run();
        steps = nanos() == before ? steps + 1 : 0;
        if (steps > MAX_STEPS_WITHOUT_TICK) {
          throw new IllegalStateException(
              MAX_STEPS_WITHOUT_TICK + " tasks ran while time stood still: is this a loop?");
        }
      }
    } finally {
      driver.set(null);
    }
  }

  /** The next thing to run until {@code end}, at whose time the clock stands then. */
  private Optional<Runnable> next(long end) {
    synchronized (mutex) {
      Task task = tasks.poll();
      if (task != null) {
        return Optional.of(task.action);
      }
      Timer timer = timers.peek();
      if (timer == null || timer.due > end) {
        now = end;
        return Optional.empty();
      }
      timers.remove();
      now = Math.max(now, timer.due);
      return Optional.of(timer.action);
    }
  }

  /** How long it is until the next timer falls due; empty if none is set. */
  public Optional<Duration> untilNextTimer() {
    synchronized (mutex) {
      return Optional.ofNullable(timers.peek())
          .map(timer -> Duration.ofNanos(Math.max(0, timer.due - now)));
    }
  }

  /**
   * Sets the wall clock forward or, with a negative duration, back. No time passes: nothing falls
   * due by this. Clocks that {@link #clock()} gave do not jump along.
   */
  public void jump(Duration duration) {
    own.jump(duration);
  }

  @Override
  public Instant instant() {
    return own.instant();
  }

  @Override
  public long nanos() {
    synchronized (mutex) {
      return now;
    }
  }

  @Override
  public Watch schedule(Duration delay, Runnable task) {
    return own.schedule(delay, task);
  }

  @Override
  public void execute(Runnable task) {
    own.execute(task);
  }

  /** Drops the timers and tasks of this clock; clocks that {@link #clock()} gave go on. */
  @Override
  public void close() {
    own.close();
  }

  @Override
  public String toString() {
    return "VirtualTime[" + instant() + "]";
  }

  private static long plus(long nanos, Duration duration) {
    long farAway = Long.MAX_VALUE / 2; // 146 years
    try {
      return Math.min(farAway, Math.addExact(nanos, duration.toNanos()));
    } catch (ArithmeticException e) {
      return duration.isNegative() ? nanos : farAway;
    }
  }

  /**
   * The clock of one node. It ticks with the {@link VirtualTime} that made it; its wall clock is
   * its own, and so are its timers and tasks.
   */
  public final class Clock implements TimeSource {
    private Instant wallAtFirstTick; // guarded by mutex
    private boolean closed; // guarded by mutex

    private Clock(Instant present) {
      this.wallAtFirstTick = present.minusNanos(nanos() - FIRST_TICK);
    }

    /** Sets this wall clock forward or, with a negative duration, back. No time passes. */
    public void jump(Duration duration) {
      synchronized (mutex) {
        wallAtFirstTick = wallAtFirstTick.plus(duration);
      }
    }

    @Override
    public Instant instant() {
      synchronized (mutex) {
        return wallAtFirstTick.plusNanos(now - FIRST_TICK);
      }
    }

    @Override
    public long nanos() {
      return VirtualTime.this.nanos();
    }

    @Override
    public Watch schedule(Duration delay, Runnable task) {
      synchronized (mutex) {
        if (closed) {
          return () -> {};
        }
        long due = delay.isNegative() ? now : plus(now, delay);
        Timer timer = new Timer(this, due, numbers++, task);
        timers.add(timer);
        return () -> cancel(timer);
      }
    }

    @Override
    public void execute(Runnable task) {
      synchronized (mutex) {
        if (!closed) {
          tasks.add(new Task(this, task));
        }
      }
    }

    /** Drops what this node would have done, as if its process had died. */
    @Override
    public void close() {
      synchronized (mutex) {
        closed = true;
        tasks.removeIf(task -> task.owner == this);
        timers.removeIf(timer -> timer.owner == this);
      }
    }

    @Override
    public String toString() {
      return "VirtualTime.Clock[" + instant() + "]";
    }
  }

  private void cancel(Timer timer) {
    synchronized (mutex) {
      timers.remove(timer);
    }
  }

  private static final class Task {
    private final Clock owner;
    private final Runnable action;

    Task(Clock owner, Runnable action) {
      this.owner = owner;
      this.action = action;
    }
  }

  private static final class Timer {
    private final Clock owner;
    private final long due;
    private final long number;
    private final Runnable action;

    Timer(Clock owner, long due, long number, Runnable action) {
      this.owner = owner;
      this.due = due;
      this.number = number;
      this.action = action;
    }
  }
}

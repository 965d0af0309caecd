package io.autotls.testing.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the tasks of all simulated processes one at a time, in an order that a seed decides, on a
 * clock that moves only when nobody has anything to do.
 *
 * <p>There is one baton: the right to run. Whoever holds it runs the loop below, and the tasks that
 * the loop picks, on its own thread. A task that must stop in the middle of a call, because its
 * process is paused or its answer is late, passes the baton to a new thread and waits; when the
 * loop picks it again, the baton comes back to its thread, which ends the task and goes on with the
 * loop. So a call can take an hour while everything else goes on, no two threads ever run at once,
 * and a schedule without pauses never changes threads.
 *
 * <p>All state is touched by the holder of the baton only, and the baton is passed through
 * semaphores and an executor, which order memory.
 */
final class Scheduler {
  /** Whoever does so much without letting time pass would do it for ever. */
  private static final int MOST_AT_ONE_MOMENT = 20_000;

  /** What takes longer than this hangs: a schedule needs a fraction of a second. */
  private static final long PATIENCE_SECONDS = 300;

  private final SplittableRandom random;
  private final Executor threads;
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private final List<Strand> ready = new ArrayList<>();
  private final Semaphore ended = new Semaphore(0);
  private Runnable afterEach = () -> {};
  private Runnable whenQuiet = () -> {};
  private @Nullable Strand current; // null between tasks
  private @Nullable Throwable failure; // null unless a task threw
  private long nanos;
  private long end;
  private long numbers;
  private final List<Strand> suspended = new ArrayList<>();
  private long handoffs;
  private boolean unwinding;
  private boolean stopped;
  private int pieces; // of work, since time passed last

  /** Something to run in a process; once it has begun, where it stands. */
  private static final class Strand {
    private final Incarnation process;
    private final Runnable work;
    private @Nullable Semaphore gate; // null unless it is suspended
    private boolean mayHoldLocks; // while it is suspended

    private Strand(Incarnation process, Runnable work) {
      this.process = process;
      this.work = work;
    }
  }

  private record Timer(long due, long number, Runnable action) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return due != other.due ? Long.compare(due, other.due) : Long.compare(number, other.number);
    }
  }

  Scheduler(SplittableRandom random, Executor threads) {
    this.random = random;
    this.threads = threads;
  }

  /**
   * Calls {@code check} after every piece of a task, and {@code quiet} whenever time is about to
   * pass.
   */
  void observe(Runnable check, Runnable quiet) {
    afterEach = check;
    whenQuiet = quiet;
  }

  /** How much time has passed. */
  long nanos() {
    return nanos;
  }

  /** How often a call was interrupted to let others run. */
  long handoffs() {
    return handoffs;
  }

  /** Lets {@code work} run in {@code process}, after all that is chosen before it. */
  void execute(Incarnation process, Runnable work) {
    enqueue(new Strand(process, work));
  }

  /** Lets {@code action} happen after {@code delay}; it must neither block nor call AutoTls. */
  Timer schedule(Duration delay, Runnable action) {
    return scheduleNanos(delay.isNegative() ? 0 : delay.toNanos(), action);
  }

  private Timer scheduleNanos(long delay, Runnable action) {
    Timer timer = new Timer(nanos + delay, numbers++, action);
    timers.add(timer);
    return timer;
  }

  /** Lets {@code task} run in {@code process} after {@code delay}; the result cancels it. */
  Runnable schedule(Incarnation process, Duration delay, Runnable task) {
    Timer timer = schedule(delay, () -> execute(process, task));
    return () -> timers.remove(timer);
  }

  private void enqueue(Strand strand) {
    if (strand.process.isPaused()) {
      strand.process.park(() -> enqueue(strand));
    } else if (!strand.process.isOver() || strand.gate != null) {
      ready.add(strand);
    }
  }

  /** Stops the process in the middle of the present call for {@code pause}; others go on. */
  void pause(Duration pause) {
    Strand strand = current();
    strand.process.pause();
    strand.mayHoldLocks = true;
    // It goes on before all others of its process: they might wait for its locks, and for ever.
    scheduleNanos(pause.toNanos(), () -> ready.add(strand));
    suspend(strand);
  }

  /** Stops the present call for {@code delay}; even its own process goes on. */
  void delay(Duration delay) {
    Strand strand = current();
    scheduleNanos(delay.toNanos(), () -> enqueue(strand));
    suspend(strand);
  }

  private Strand current() {
    Strand strand = current;
    if (strand == null) {
      throw new IllegalStateException("nothing runs that could be stopped");
    }
    return strand;
  }

  private void suspend(Strand strand) {
    Semaphore gate = new Semaphore(0);
    strand.gate = gate;
    suspended.add(strand);
    handoffs++;
    current = null;
    threads.execute(this::loop);
    gate.acquireUninterruptibly();
    strand.gate = null;
    suspended.remove(strand);
    current = strand;
    if (strand.mayHoldLocks) {
      strand.mayHoldLocks = false;
      strand.process.resume();
    }
    if (strand.process.isOver()) {
      throw new Crash();
    }
  }

  /** Lets time pass for {@code duration}; called by the thread of the test. */
  void run(Duration duration) {
    end = nanos + duration.toNanos();
    threads.execute(this::loop);
    try {
      if (!ended.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a simulated task does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a simulation runs", e);
    }
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      throw new IllegalStateException("a simulated task threw " + thrown, thrown);
    }
  }

  private void loop() {
    try {
      for (Strand next = next(); next != null; next = next()) {
        Semaphore gate = next.gate;
        if (gate != null) {
          gate.release(); // its thread has the baton now
          return;
        }
        begin(next);
      }
    } catch (Throwable e) { // whatever it is: the test's thread waits for an answer
      failure = e;
    }
    ended.release();
  }

  private void begin(Strand strand) {
    current = strand;
    try {
      strand.work.run();
    } catch (Crash e) {
      // Noticed below, as it is if somebody on the way has caught everything.
    }
    if (strand.process.isOver()) {
      strand.process.crashed();
    }
    current = null;
    afterEach.run();
  }

  /** Nothing is run any more; what has begun is still to be unwound. */
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  private @Nullable Strand next() {
    while (true) {
      if (stopped && !unwinding) {
        return null;
      }
      if (++pieces > MOST_AT_ONE_MOMENT) {
        throw new IllegalStateException("work without end at one moment");
      }
      while (ready.isEmpty()) {
        if (suspended.isEmpty()) {
          whenQuiet.run();
        }
        if (!letTimePass()) {
          return null;
        }
      }
      Strand chosen = pick();
      if (chosen.process.isPaused() && !chosen.mayHoldLocks) {
        chosen.process.park(() -> enqueue(chosen));
      } else if (!chosen.process.isOver() || chosen.gate != null) {
        return chosen;
      }
    }
  }

  private boolean letTimePass() {
    Timer first = timers.peek();
    if (first == null || first.due > end) {
      nanos = end;
      return false;
    }
    if (first.due > nanos) {
      nanos = first.due;
      pieces = 0;
    }
    while (!timers.isEmpty() && timers.peek().due <= nanos) {
      timers.remove().action.run();
    }
    return true;
  }

  private Strand pick() {
    int last = ready.size() - 1;
    int index = unwinding || last == 0 ? last : random.nextInt(last + 1);
    Strand chosen = ready.set(index, ready.get(last));
    ready.remove(last);
    return chosen;
  }

  /**
   * Ends every call that is stopped somewhere, so that its thread goes home; their processes must
   * be over.
   */
  void unwind() {
    timers.clear();
    ready.clear();
    observe(() -> {}, () -> {});
    unwinding = true;
    // Taken from the end: those that may hold locks go first, or the others would wait for them.
    pieces = 0;
    suspended.stream()
        .sorted(Comparator.comparing(strand -> strand.mayHoldLocks))
        .forEach(ready::add);
    run(Duration.ZERO);
  }
}

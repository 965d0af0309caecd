package io.autotls.internal.queue;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done and when: one queue ordered by due time, and a bounded number of tasks that
 * run. Nothing that waits holds a thread. Work per tick grows with what is due, not with what
 * exists.
 *
 * <p>What is due stands in {@link ReadyQueue}: priorities by urgency, resources by whom a task is
 * going to ask. The {@link Gate} says how many tasks of a resource may run at once, so that a CA
 * that hangs, or is down, never takes the workers of another one; behind a closed gate any number
 * of tasks wait for nothing but their turn.
 *
 * <p>Each task runs on one thread at a time. Safe for use by many threads.
 */
public final class TaskQueue implements AutoCloseable {
  /** The wall clock may be set while a timer runs, so never sleep longer than this. */
  private static final Duration LONGEST_NAP = Duration.ofMinutes(10);

  /** Clocks are put right by less than this all the time. */
  private static final Duration CLOCK_WAS_SET = Duration.ofMinutes(1);

  private static final Duration AFTER_A_BUG = Duration.ofMinutes(1);

  /** Says how many tasks may ask the same at once. Must not call the queue. */
  public interface Gate {
    /** How many tasks of the resource may run at once; zero while it is closed. */
    int room(Resource resource, Instant now);

    /** When a closed resource opens again. */
    Instant opensAt(Resource resource, Instant now);
  }

  /** Hears of what tasks threw, which they must not. */
  public interface Supervisor {
    /** A task threw; it is run again then. */
    void failed(Task task, Throwable e, Instant next);

    /** A task ended as it should, or never runs again. Must not call the queue. */
    void ended(Task task);
  }

  /** A task that runs, and what was asked for it meanwhile. */
  private static final class Run {
    private final Resource resource;
    private @Nullable Schedule asked; // null if nothing was

    private Run(Resource resource) {
      this.resource = resource;
    }
  }

  private final TimeSource time;
  private final Executor executor;
  private final int parallelism;
  private final Gate gate;
  private final Supervisor supervisor;
  private final Runnable clockWasSet;
  private final Map<Task, QueuedTask> queued = new HashMap<>(); // guarded by this, like all below
  private final TreeSet<QueuedTask> waiting = new TreeSet<>();
  private final ReadyQueue ready = new ReadyQueue();
  private final Map<Task, Run> running = new HashMap<>();
  private final Map<Resource, Integer> busy = new HashMap<>(); // tasks that run, by channel
  private final Set<Task> cancelled = new HashSet<>();
  private @Nullable Cancellable timer; // null while none is set
  private @Nullable Instant timerDue; // null while no timer is set
  private Instant wall; // as it was at the last turn
  private long monotonic; // likewise
  private long numbers;
  private boolean closed;

  /**
   * Creates one.
   *
   * @param executor runs the tasks; has a thread for {@code parallelism} of them
   * @param clockWasSet called, on a worker, after the wall clock was set by more than a minute, or
   *     the machine slept: due times that were derived from something stored are to be put anew
   */
  public TaskQueue(
      TimeSource time,
      Executor executor,
      int parallelism,
      Gate gate,
      Supervisor supervisor,
      Runnable clockWasSet) {
    this.time = time;
    this.executor = executor;
    this.parallelism = parallelism;
    this.gate = gate;
    this.supervisor = supervisor;
    this.clockWasSet = clockWasSet;
    this.wall = time.instant();
    this.monotonic = time.nanos();
  }

  /**
   * Puts a task in the queue, or moves it. While it runs, this takes effect if it is earlier than
   * what the run itself asks for.
   */
  public synchronized void put(Task task, Schedule schedule) {
    followClock(time.instant());
    enter(task, schedule);
    turn();
  }

  /** Puts many tasks, at the price of one turn. */
  public synchronized void putAll(Map<? extends Task, Schedule> schedules) {
    followClock(time.instant());
    schedules.forEach(this::enter);
    turn();
  }

  private void enter(Task task, Schedule schedule) {
    cancelled.remove(task);
    Run run = running.get(task);
    if (run != null) {
      run.asked = run.asked == null ? schedule : Schedule.earlier(run.asked, schedule);
    } else {
      insert(task, schedule);
    }
  }

  /** Takes a task off the queue; a run that has begun goes on to its end. */
  public synchronized void remove(Task task) {
    if (running.containsKey(task)) {
      cancelled.add(task);
    } else {
      supervisor.ended(task);
    }
    dequeue(task);
  }

  /** The attempts that are due, and wait until an issuer may be asked. */
  public synchronized List<Task> waitingFor(String issuer) {
    return Stream.of(Resource.steps(issuer), Resource.beginnings(issuer))
        .flatMap(resource -> ready.of(resource).stream())
        .map(entry -> entry.task())
        .toList();
  }

  /** The gate may have opened, or closed. */
  public synchronized void gateChanged() {
    turn();
  }

  private void insert(Task task, Schedule schedule) {
    dequeue(task);
    QueuedTask entry = new QueuedTask(task, schedule, numbers++);
    queued.put(task, entry);
    waiting.add(entry);
  }

  private void dequeue(Task task) {
    QueuedTask before = queued.remove(task);
    if (before != null && !waiting.remove(before)) {
      ready.remove(before);
    }
  }

  private synchronized void onTimer() {
    timer = null;
    timerDue = null;
    turn();
  }

  /** Moves what is due, starts what there is room for, and sets the timer for the rest. */
  private void turn() {
    if (closed) {
      return;
    }
    Instant now = time.instant();
    followClock(now);
    while (!waiting.isEmpty() && !waiting.first().due().isAfter(now)) {
      ready.add(waiting.pollFirst());
    }
    while (running.size() < parallelism) {
      QueuedTask next = ready.poll(resource -> hasRoom(resource, now));
      if (next == null) {
        break;
      }
      begin(next);
    }
    setTimer(now);
  }

  /**
   * Due times are those of the wall clock, and most are so long from now. If the clock is set, they
   * are set with it.
   */
  private void followClock(Instant now) {
    long nanos = time.nanos();
    Duration set = Duration.between(wall.plusNanos(nanos - monotonic), now);
    wall = now;
    monotonic = nanos;
    if (set.abs().compareTo(CLOCK_WAS_SET) <= 0) {
      return;
    }
    List<QueuedTask> all = new ArrayList<>(waiting);
    waiting.clear();
    for (QueuedTask entry : all) {
      QueuedTask moved = entry.at(entry.due().plus(set));
      queued.put(entry.task(), moved);
      waiting.add(moved);
    }
    if (timer != null) {
      timer.cancel();
      timer = null;
      timerDue = null;
    }
    executor.execute(clockWasSet);
  }

  private boolean hasRoom(Resource resource, Instant now) {
    return resource.equals(Resource.NOBODY) || fits(resource, now) && fits(resource.workers(), now);
  }

  private boolean fits(Resource resource, Instant now) {
    return busy.getOrDefault(resource, 0) < gate.room(resource, now);
  }

  private void begin(QueuedTask entry) {
    queued.remove(entry.task());
    running.put(entry.task(), new Run(entry.resource()));
    occupy(entry.resource());
    executor.execute(() -> run(entry.task()));
  }

  /** A task counts for its channel, and for the one whose workers it takes. */
  private void occupy(Resource resource) {
    busy.merge(resource, 1, Integer::sum);
    if (!resource.workers().equals(resource)) {
      occupy(resource.workers());
    }
  }

  private void vacate(Resource resource) {
    busy.computeIfPresent(resource, (any, count) -> count == 1 ? null : count - 1);
    if (!resource.workers().equals(resource)) {
      vacate(resource.workers());
    }
  }

  private void setTimer(Instant now) {
    Instant due = now.plus(LONGEST_NAP);
    if (!waiting.isEmpty()) {
      due = waiting.first().due().notAfter(due).instant().orElse(due);
    }
    for (Resource resource : ready.resources()) {
      if (!resource.equals(Resource.NOBODY) && gate.room(resource, now) == 0) {
        due = earlier(due, gate.opensAt(resource, now));
      }
    }
    if (timer != null && timerDue != null && !due.isBefore(timerDue)) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    timerDue = due;
    timer = time.schedule(Duration.between(now, due), this::onTimer);
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private void run(Task task) {
    Schedule next;
    try {
      next = task.run();
      supervisor.ended(task);
    } catch (Throwable e) { // whatever it is: neither the worker nor the task may be lost
      Instant again = time.instant().plus(AFTER_A_BUG);
      next = Schedule.of(again, Priority.ROUTINE);
      supervisor.failed(task, e, again);
    }
    synchronized (this) {
      followClock(time.instant());
      Run run = running.remove(task);
      vacate(run.resource);
      if (cancelled.remove(task)) {
        supervisor.ended(task); // what it threw last is nobody's concern any more
      } else if (!closed) {
        again(task, next, run.asked);
      }
      turn();
    }
  }

  private void again(Task task, @Nullable Schedule next, @Nullable Schedule asked) {
    if (next != null && asked != null) {
      insert(task, Schedule.earlier(asked, next));
    } else if (next != null || asked != null) {
      insert(task, next != null ? next : asked);
    }
  }

  /** Starts nothing any more; what runs goes on to its end. */
  @Override
  public synchronized void close() {
    closed = true;
    if (timer != null) {
      timer.cancel();
    }
  }
}

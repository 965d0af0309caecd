package io.autotls.internal.engine;

import io.autotls.spi.TimeSource;
import io.autotls.spi.Watch;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done and when: one queue ordered by due time, and a bounded number of tasks that
 * run. Nothing that waits holds a thread. Work per tick grows with what is due, not with what
 * exists.
 *
 * <p>Each task runs on one thread at a time. Safe for use by many threads.
 */
final class Agenda implements AutoCloseable {
  /** The wall clock may be set while a timer runs, so never sleep longer than this. */
  private static final Duration LONGEST_NAP = Duration.ofMinutes(10);

  private static final Comparator<Slot> BY_DUE_TIME =
      Comparator.comparing((Slot slot) -> slot.due).thenComparingLong(slot -> slot.number);
  private static final Comparator<Slot> BY_LANE =
      Comparator.comparing((Slot slot) -> slot.lane).thenComparing(BY_DUE_TIME);

  /** Something to do, again and again. */
  @FunctionalInterface
  interface Task {
    /** Does it, and says when to do it next. Must not throw. */
    Appointment run();
  }

  /** When to run a task. */
  record Appointment(Instant due, Lane lane) {}

  private final TimeSource time;
  private final int parallelism;
  private final Map<Task, Slot> slots = new HashMap<>(); // guarded by this, like all below
  private final TreeSet<Slot> waiting = new TreeSet<>(BY_DUE_TIME);
  private final TreeSet<Slot> ready = new TreeSet<>(BY_LANE);
  private final Map<Task, @Nullable Appointment> running = new HashMap<>();
  private final Set<Task> cancelled = new HashSet<>();
  private @Nullable Watch timer; // null while none is set
  private @Nullable Instant timerDue; // null while no timer is set
  private long numbers;
  private boolean closed;

  private static final class Slot {
    private final Task task;
    private final Instant due;
    private final Lane lane;
    private final long number;

    private Slot(Task task, Instant due, Lane lane, long number) {
      this.task = task;
      this.due = due;
      this.lane = lane;
      this.number = number;
    }
  }

  Agenda(TimeSource time, int parallelism) {
    this.time = time;
    this.parallelism = parallelism;
  }

  /**
   * Puts a task on the agenda, or moves it. While it runs, this takes effect if it is earlier than
   * what the run itself asks for.
   */
  synchronized void put(Task task, Appointment appointment) {
    if (running.containsKey(task)) {
      running.merge(task, appointment, Agenda::earlier);
    } else {
      insert(task, appointment);
    }
    turn();
  }

  /** Takes a task off the agenda; a run that has begun goes on to its end. */
  synchronized void remove(Task task) {
    if (running.containsKey(task)) {
      cancelled.add(task);
    }
    removeSlot(task);
  }

  private static Appointment earlier(Appointment a, Appointment b) {
    return a.due().isAfter(b.due()) ? b : a;
  }

  private void insert(Task task, Appointment appointment) {
    removeSlot(task);
    Slot slot = new Slot(task, appointment.due(), appointment.lane(), numbers++);
    slots.put(task, slot);
    waiting.add(slot);
  }

  private void removeSlot(Task task) {
    Slot before = slots.remove(task);
    if (before != null) {
      waiting.remove(before);
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
    while (!waiting.isEmpty() && !waiting.first().due.isAfter(now)) {
      ready.add(waiting.pollFirst());
    }
    while (!ready.isEmpty() && running.size() < parallelism) {
      Task task = ready.pollFirst().task;
      slots.remove(task);
      running.put(task, null);
      time.execute(() -> run(task));
    }
    setTimer(now);
  }

  private void setTimer(Instant now) {
    if (waiting.isEmpty()) {
      return;
    }
    Instant latest = now.plus(LONGEST_NAP);
    Instant due = waiting.first().due.isBefore(latest) ? waiting.first().due : latest;
    if (timer != null && timerDue != null && !due.isBefore(timerDue)) {
      return;
    }
    if (timer != null) {
      timer.close();
    }
    timerDue = due;
    timer = time.schedule(Duration.between(now, due), this::onTimer);
  }

  private void run(Task task) {
    Appointment next = task.run();
    synchronized (this) {
      Appointment asked = running.remove(task);
      if (!cancelled.remove(task) && !closed) {
        insert(task, asked == null ? next : earlier(asked, next));
      }
      turn();
    }
  }

  /** Starts nothing any more; what runs goes on to its end. */
  @Override
  public synchronized void close() {
    closed = true;
    if (timer != null) {
      timer.close();
    }
  }
}

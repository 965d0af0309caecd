package io.autotls.conformance;

import io.autotls.acme.Waiter;
import io.autotls.testing.ca.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * One clock for client and CA, which moves when one of them waits: hours pass in no time, and what
 * the CA does later is done by the thread that waits for it.
 */
public final class VirtualTime implements InstantSource, Waiter, Scheduler {
  static final Instant START = Instant.parse("2026-11-24T12:00:00Z");

  private record Task(Instant due, long number, Runnable action) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparing(Task::due).thenComparing(Task::number));
  private final List<Duration> waits = new ArrayList<>();
  private Instant now = START;
  private long number;

  @Override
  public synchronized Instant instant() {
    return now;
  }

  @Override
  public synchronized void schedule(Duration delay, Runnable action) {
    tasks.add(new Task(now.plus(delay), number++, action));
  }

  @Override
  public void await(Duration duration) {
    synchronized (this) {
      waits.add(duration);
    }
    advance(duration);
  }

  /** Runs what is due on the way, each at its own time. */
  void advance(Duration duration) {
    Instant end = instant().plus(duration);
    for (Task task = nextUntil(end); task != null; task = nextUntil(end)) {
      task.action().run();
    }
    synchronized (this) {
      now = end.isAfter(now) ? end : now;
    }
  }

  /** How long the client waited, each time. */
  public synchronized List<Duration> waits() {
    return List.copyOf(waits);
  }

  synchronized Duration elapsed() {
    return Duration.between(START, now);
  }

  private synchronized @Nullable Task nextUntil(Instant end) {
    if (tasks.isEmpty() || tasks.peek().due().isAfter(end)) {
      return null;
    }
    Task task = tasks.poll();
    now = task.due().isAfter(now) ? task.due() : now;
    return task;
  }
}

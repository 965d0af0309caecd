package io.autotls.internal.cluster;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/** Time that passes for several nodes at once, on the thread of the test. */
public final class SharedTime {
  public static final Instant START = Instant.parse("2026-11-24T00:00:00Z");

  private record Timer(long at, long number, Runnable task) {}

  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.number, b.number));
  private final Deque<Runnable> ready = new ArrayDeque<>();
  private long nanos;
  private long numbers;

  /** The time of a node whose wall clock is wrong by that much, or is set wrong later. */
  public Node node(Duration wrongBy) {
    return new Node(wrongBy);
  }

  public Node node() {
    return node(Duration.ZERO);
  }

  public void advance(Duration duration) {
    long end = nanos + duration.toNanos();
    settle();
    while (!timers.isEmpty() && timers.peek().at <= end) {
      Timer next = timers.poll();
      nanos = Math.max(nanos, next.at);
      next.task.run();
      settle();
    }
    nanos = end;
  }

  private void settle() {
    while (!ready.isEmpty()) {
      ready.poll().run();
    }
  }

  public final class Node implements TimeSource, Executor {
    private Duration wrongBy;

    private Node(Duration wrongBy) {
      this.wrongBy = wrongBy;
    }

    public void jump(Duration by) {
      wrongBy = wrongBy.plus(by);
    }

    @Override
    public Instant instant() {
      return START.plusNanos(nanos).plus(wrongBy);
    }

    @Override
    public long nanos() {
      return nanos - 12_345_678_901L; // a single reading means nothing
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
      Timer timer = new Timer(nanos + Math.max(0, delay.toNanos()), numbers++, task);
      timers.add(timer);
      return () -> timers.remove(timer);
    }

    @Override
    public void execute(Runnable task) {
      ready.add(task);
    }
  }
}

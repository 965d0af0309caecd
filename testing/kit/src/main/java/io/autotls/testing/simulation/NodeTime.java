package io.autotls.testing.simulation;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;

/**
 * The time as one process knows it: its machine's wall clock, which may be wrong, and a monotonic
 * one.
 */
final class NodeTime implements TimeSource, Executor {
  private static final Duration LONGEST = Duration.ofDays(20_000);

  private final Scheduler scheduler;
  private final Incarnation process;

  NodeTime(Scheduler scheduler, Incarnation process) {
    this.scheduler = scheduler;
    this.process = process;
  }

  @Override
  public Instant instant() {
    return process.machine().clock();
  }

  @Override
  public long nanos() {
    // Readings of two machines have nothing in common, so they begin at different numbers.
    return scheduler.nanos() + process.machine().nanosAtBoot();
  }

  @Override
  public Cancellable schedule(Duration delay, Runnable task) {
    Duration bounded = delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    Runnable cancel = scheduler.schedule(process, bounded, task);
    return cancel::run;
  }

  @Override
  public void execute(Runnable task) {
    scheduler.execute(process, task);
  }
}

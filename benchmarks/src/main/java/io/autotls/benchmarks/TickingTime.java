package io.autotls.benchmarks;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** Time that can be made to ring its timer although nothing is due. */
final class TickingTime implements TimeSource {
  private final TimeSource time;
  private Runnable last = () -> {};

  TickingTime(TimeSource time) {
    this.time = time;
  }

  /** Rings the timer that was set last. */
  void tick() {
    last.run();
  }

  @Override
  public Instant instant() {
    return time.instant();
  }

  @Override
  public long nanos() {
    return time.nanos();
  }

  @Override
  public Cancellable schedule(Duration delay, Runnable task) {
    last = task;
    return time.schedule(delay, task);
  }
}

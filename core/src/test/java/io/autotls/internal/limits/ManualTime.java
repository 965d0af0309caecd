package io.autotls.internal.limits;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** Time that the test moves; the wall clock may jump besides. */
final class ManualTime implements TimeSource {
  private volatile Instant wall = Instant.parse("2026-11-24T00:00:00Z");
  private volatile long nanos = -12_345_678_901L; // a single reading means nothing

  void advance(Duration duration) {
    wall = wall.plus(duration);
    nanos += duration.toNanos();
  }

  /** Moves the wall clock alone. */
  void jump(Duration duration) {
    wall = wall.plus(duration);
  }

  @Override
  public Instant instant() {
    return wall;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public Cancellable schedule(Duration delay, Runnable task) {
    throw new AssertionError("a ledger schedules nothing");
  }
}

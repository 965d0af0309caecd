package io.autotls.internal.engine;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** The time of a machine whose wall clock is wrong, by an amount that may change. */
final class SkewedTime implements TimeSource {
  private final TimeSource time;
  private volatile Duration error;

  SkewedTime(TimeSource time, Duration error) {
    this.time = time;
    this.error = error;
  }

  /** The clock is set, so that from now on it is wrong by that. */
  void isWrongBy(Duration error) {
    this.error = error;
  }

  @Override
  public Instant instant() {
    return time.instant().plus(error);
  }

  @Override
  public long nanos() {
    return time.nanos();
  }

  @Override
  public Cancellable schedule(Duration delay, Runnable task) {
    return time.schedule(delay, task);
  }
}

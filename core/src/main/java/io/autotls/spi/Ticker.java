package io.autotls.spi;

/**
 * A clock for durations. The difference of two readings means something, a single reading does not.
 */
@FunctionalInterface
public interface Ticker {
  /** The present reading, in nanoseconds. It never goes back. */
  long nanos();
}

package io.autotls.spi;

import io.autotls.internal.time.SystemTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The time: what the wall clock says, how much of it has passed, and a call when some more has. The
 * three belong together, since a timer that follows another clock than the one that is read rings
 * too early or never. It has no threads to work on: that is an {@link
 * java.util.concurrent.Executor}, and another matter.
 *
 * <p>Applications keep {@link #system()}; tests hand in a virtual one and let a year pass in
 * seconds. Whoever needs one of the three only asks for that: an {@link InstantSource}, a {@link
 * Ticker}, a {@link Timer}.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface TimeSource extends InstantSource, Ticker, Timer {
  /** What the wall clock says. It may jump, in both directions. */
  @Override
  Instant instant();

  /** How much time has passed; never jumps. */
  @Override
  long nanos();

  @Override
  Cancellable schedule(Duration delay, Runnable task);

  /** The real time. Its timer is one daemon thread, which ends when nothing is scheduled. */
  static TimeSource system() {
    return new SystemTime();
  }
}

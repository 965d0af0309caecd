package io.autotls.internal.engine;

import java.time.Instant;

/**
 * When to run a task.
 *
 * @param channel whom it is going to ask; tasks of one channel share its workers, and wait together
 *     while it is closed. {@link #NO_CHANNEL} for what asks nobody but the storage
 */
record Appointment(Instant due, Lane lane, String channel) {
  static final String NO_CHANNEL = "";

  /** An appointment with nobody but the storage. */
  static Appointment of(Instant due, Lane lane) {
    return new Appointment(due, lane, NO_CHANNEL);
  }

  Appointment at(Instant other) {
    return new Appointment(other, lane, channel);
  }

  /** Whichever comes first; the lane of that one. */
  static Appointment earlier(Appointment a, Appointment b) {
    return a.due().isAfter(b.due()) ? b : a;
  }
}

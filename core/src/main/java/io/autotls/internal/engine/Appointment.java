package io.autotls.internal.engine;

import java.time.Instant;

/** When to run a task, and whom it is going to ask. */
record Appointment(Instant due, Lane lane, Channel channel) {
  /**
   * When something is due that only a person can begin, as {@code CertificateStatus.nextStep} says
   * it.
   */
  static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

  /** An appointment with nobody but the storage. */
  static Appointment of(Instant due, Lane lane) {
    return new Appointment(due, lane, Channel.NOBODY);
  }

  Appointment at(Instant other) {
    return new Appointment(other, lane, channel);
  }

  /** Whichever comes first; the lane of that one. */
  static Appointment earlier(Appointment a, Appointment b) {
    return a.due().isAfter(b.due()) ? b : a;
  }
}

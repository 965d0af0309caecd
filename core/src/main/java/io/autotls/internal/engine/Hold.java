package io.autotls.internal.engine;

import java.time.Instant;

/**
 * Why one issuer is left alone for a while. It is stored with the record, so what a CA asked for
 * holds across restarts and on every node.
 *
 * @param attempts how many attempts with this issuer have failed since the last success
 * @param until not before this; {@link Appointment#NEVER} if a person has to end it
 * @param what what it said last
 * @param by who wants it so
 */
record Hold(int attempts, Instant until, String what, By by) {
  static final Hold NONE = new Hold(0, Instant.EPOCH, "", By.US);

  /** Who wants an issuer to be left alone. */
  enum By {
    /** Our own rules. A start of the application may have mended what was wrong, and ends it. */
    US,
    /** The issuer named the time, or its limits do. No start changes that. */
    ISSUER,
    /** Somebody has to do something at the issuer first: no time ends it, but a start does. */
    PERSON
  }

  /** A hold that no time ends. */
  static Hold untilSomebodyActs(int attempts, String what) {
    return new Hold(attempts, Appointment.NEVER, what, By.PERSON);
  }

  /** The same, with another end in time. */
  Hold until(Instant other) {
    return new Hold(attempts, other, what, by);
  }

  /** Whether the issuer itself wants to be left alone. */
  boolean isAsked(Instant now) {
    return by == By.ISSUER && until.isAfter(now);
  }

  /** The same failures, without a wait that only our own rules ask for. */
  Hold freed() {
    return by == By.ISSUER ? this : new Hold(attempts, Instant.EPOCH, what, By.US);
  }
}

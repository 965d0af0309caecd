package io.autotls.internal.engine;

import java.time.Instant;

/**
 * Why one issuer is left alone for a while. It is stored with the record, so what a CA asked for
 * holds across restarts and on every node.
 *
 * @param attempts how many attempts with this issuer have failed since the last success
 * @param until not before this
 * @param what what it said last
 * @param by who wants it so
 */
record Hold(int attempts, Instant until, String what, By by) {
  /** Until a person says otherwise. */
  static final Instant FOR_EVER = Instant.parse("9999-12-31T00:00:00Z");

  static final Hold NONE = new Hold(0, Instant.EPOCH, "", By.US);

  /** Who wants an issuer to be left alone. */
  enum By {
    /** Our own rules. A start of the application may have mended what was wrong, and ends it. */
    US,
    /** The issuer named the time, or its limits do. No start changes that. */
    ISSUER
  }

  /** Whether the issuer itself wants to be left alone. */
  boolean isAsked(Instant now) {
    return by == By.ISSUER && until.isAfter(now);
  }

  /** The same failures, without a wait that only our own rules ask for. */
  Hold freed() {
    return by == By.US ? new Hold(attempts, Instant.EPOCH, what, by) : this;
  }
}

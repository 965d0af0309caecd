package io.autotls.internal.engine;

import java.time.Instant;

/**
 * Why one issuer is left alone for a while. It is stored with the record, so what a CA asked for
 * holds across restarts and on every node.
 *
 * @param attempts how many attempts with this issuer have failed since the last success
 * @param until not before this
 * @param what what it said last
 */
record Hold(int attempts, Instant until, String what) {
  /** Until a person says otherwise. */
  static final Instant FOR_EVER = Instant.parse("9999-12-31T00:00:00Z");

  static final Hold NONE = new Hold(0, Instant.EPOCH, "");
}

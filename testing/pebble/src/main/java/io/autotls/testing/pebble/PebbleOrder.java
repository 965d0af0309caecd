package io.autotls.testing.pebble;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;

/**
 * What became of an order so far.
 *
 * @param id the end of its URL
 * @param created when it was made, by the clock of this machine
 * @param state where it stands
 * @param serial the serial number of what was issued; empty unless {@link State#ISSUED}
 */
public record PebbleOrder(String id, Instant created, State state, Optional<BigInteger> serial) {
  /** Where an order stands. */
  public enum State {
    /** Nothing has been issued yet. */
    OPEN,
    /** A challenge failed. */
    INVALID,
    /** There is a certificate. */
    ISSUED
  }
}

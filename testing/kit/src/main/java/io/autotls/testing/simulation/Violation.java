package io.autotls.testing.simulation;

import java.time.Duration;

/**
 * A promise of AutoTls that was broken.
 *
 * @param rule which one, in a few words that are the same each time
 * @param detail what was seen
 * @param at how long the simulation had lasted
 */
public record Violation(Rule rule, String detail, Duration at) {
  /** The promises, as the simulator watches them. */
  public enum Rule {
    /** A credential that works is served until a better one is there. */
    SERVES_WHAT_WORKS,
    /** A key and its chain belong together. */
    KEY_AND_CHAIN_BELONG_TOGETHER,
    /** The credential in service and the one before it stay in the record. */
    NOTHING_IS_OVERWRITTEN,
    /** What a newer version stored is kept by nodes of an older one, or left alone. */
    NEWER_VERSIONS_ARE_RESPECTED,
    /** The key and the order are stored before the order is finalized. */
    STORED_BEFORE_FINALIZE,
    /** Of all nodes one issues: no certificate is ordered twice, by a crash or by a race. */
    ORDERED_ONCE,
    /** Nothing is revoked that visitors get, or that nobody wanted revoked. */
    REVOKED_AFTER_REPLACED,
    /** Nothing is ordered before its time. */
    NOT_BEFORE_TIME,
    /** Nobody orders without end, whatever the clocks of the nodes say. */
    ORDERS_END,
    /** A lease is held by whoever took it, until it is released or has run out. */
    LEASES_ARE_RESPECTED,
    /** Waiting holds no lease. */
    WAITING_HOLDS_NOTHING,
    /** A CA that named a time is left alone until then. */
    RETRY_AFTER_IS_OBEYED,
    /** A CA is never asked for more than it allows. */
    LIMITS_ARE_KEPT,
    /** Whoever failed at the same moment does not come back at the same moment. */
    RETRIES_ARE_SPREAD,
    /** A certificate for tests never takes the place of one that people trust. */
    TRUST_NEVER_SINKS,
    /** What one node writes, the others serve soon, whatever a watch tells them. */
    NEWS_IS_FOLLOWED,
    /** Once everything works again, everything is in order again. */
    SETTLES,
    /** Where only processes ended, that is so within a minute of the last start. */
    SETTLES_SOON,
    /** A record waits for a person only after a CA has said so. */
    NO_VERDICT_WITHOUT_CAUSE,
    /** A node that stops writes no failure. */
    NO_FAILURE_OF_THE_STOPPING,
    /** A step that needs a server is taken by a node that has one. */
    READY_NODE_GOES_FIRST,
    /** A CA that looks when it was told to finds the answer that it was told of. */
    NO_VALIDATION_IS_LOST,
    /** Whether answers have settled is asked when the solver said, and nobody asks all the time. */
    SETTLING_HOLDS_NOTHING,
    /** Nothing that was published is there a day after its work ended. */
    NOTHING_IS_LEFT_BEHIND,
    /** AutoTls never throws at whoever calls it back. */
    NOTHING_IS_THROWN
  }

  @Override
  public String toString() {
    return rule + " after " + at + ": " + detail;
  }
}

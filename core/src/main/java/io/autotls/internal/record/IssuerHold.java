package io.autotls.internal.record;

import io.autotls.internal.time.Due;
import java.time.Instant;

/**
 * Why one issuer is left alone for a while. It is stored with the record, so what a CA asked for
 * holds across restarts and on every node.
 *
 * @param attempts how many attempts with this issuer have failed since the last success
 * @param until not before this; nor ever by itself if a person has to end it
 * @param what what it said last
 * @param by who wants it so
 */
public record IssuerHold(int attempts, Due until, String what, By by) {
  static final IssuerHold NONE = new IssuerHold(0, Due.at(Instant.EPOCH), "", By.US);

  /** Who wants an issuer to be left alone. */
  public enum By {
    /** Our own rules. A start of the application may have mended what was wrong, and ends it. */
    US,
    /** The issuer named the time, or its limits do. No start changes that. */
    ISSUER,
    /** Somebody has to do something at the issuer first: no time ends it, but a start does. */
    PERSON
  }

  /** A hold that no time ends. */
  public static IssuerHold untilSomebodyActs(int attempts, String what) {
    return new IssuerHold(attempts, Due.BY_A_PERSON, what, By.PERSON);
  }

  /** The same, with another end in time. */
  IssuerHold until(Due other) {
    return new IssuerHold(attempts, other, what, by);
  }

  /** Whether the issuer itself wants to be left alone. */
  public boolean isAsked(Instant now) {
    return by == By.ISSUER && until.isAfter(now);
  }

  /** The same failures, without a wait that only our own rules ask for. */
  IssuerHold freed() {
    return by == By.ISSUER ? this : new IssuerHold(attempts, NONE.until, what, By.US);
  }
}

package io.autotls.testing.ca.internal.acme;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The clock of the CA: that of the test, or one that is wrong by some time. */
public final class CaClock implements InstantSource {
  private final InstantSource truth;
  private volatile Duration skew = Duration.ZERO;

  public CaClock(InstantSource truth) {
    this.truth = truth;
  }

  @Override
  public Instant instant() {
    return truth.instant().plus(skew);
  }

  public Instant trueInstant() {
    return truth.instant();
  }

  public void skew(Duration changed) {
    skew = changed;
  }

  /** The true time when this clock shows the given one. */
  Instant toTrue(Instant shown) {
    return shown.minus(skew);
  }
}

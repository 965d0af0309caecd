package io.autotls.acme;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How soon a first look at an order is worth it, learned from how the CA was of late. A fast CA is
 * soon asked early, so that many certificates pass quickly; a slow one is not asked in vain.
 */
final class Pace {
  private static final long BEGIN = 150;
  private static final long SOONEST = 50;
  private static final long LATEST = 400;
  private static final double SOONER = 0.85;
  private static final double LATER = 1.1;

  private final AtomicLong millis = new AtomicLong(BEGIN);

  Duration firstLook() {
    return Duration.ofMillis(millis.get());
  }

  /** There was news at that look, counted from 1. */
  void news(int look) {
    millis.updateAndGet(
        now ->
            look == 1
                ? Math.max(SOONEST, (long) (now * SOONER))
                : Math.min(LATEST, (long) Math.ceil(now * LATER)));
  }
}

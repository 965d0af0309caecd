package io.autotls.internal.issuance;

import java.time.Duration;
import java.util.Optional;

/**
 * Says when people are to hear that an attempt still waits for its issuer: after 30 seconds, a
 * minute, two … Not safe for use by many threads.
 */
final class WaitReminder {
  /** Most attempts are done by then; people begin to wonder about the others. */
  private static final Duration FIRST = Duration.ofSeconds(30);

  private final long since; // by the monotonic clock
  private Duration next = FIRST;

  WaitReminder(long nanos) {
    this.since = nanos;
  }

  /** How long it has waited, if it is time to say that. */
  Optional<Duration> due(long nanos) {
    Duration waited = Duration.ofNanos(nanos - since);
    if (waited.compareTo(next) < 0) {
      return Optional.empty();
    }
    next = waited.multipliedBy(2);
    return Optional.of(waited);
  }
}

package io.autotls.internal.issuance;

import java.time.Duration;

/**
 * What an issuer asked for that is not stored yet: storing it may have failed, or met what another
 * node wrote meanwhile. This node knows of it nevertheless.
 *
 * @param issuer who wants no question about this certificate
 * @param until when it may be asked again, by the monotonic clock
 */
record UnstoredRetryAfter(String issuer, long until) {
  /** No issuer means more, and no counter of nanoseconds can take everything. */
  private static final Duration LONGEST = Duration.ofDays(365);

  static UnstoredRetryAfter of(String issuer, Duration wait, long nanos) {
    Duration bounded = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    return new UnstoredRetryAfter(issuer, nanos + bounded.toNanos());
  }

  Duration left(long nanos) {
    return Duration.ofNanos(Math.max(0, until - nanos));
  }
}

package io.autotls.internal.engine;

import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;

/**
 * When to renew, from the certificate itself: with a third of its life left, or half if it lives
 * less than ten days. Pure functions.
 *
 * <p>The instant is moved ahead by up to 2 % of the life, by a share that is derived from the
 * certificate: certificates that were issued together are not renewed together, and all nodes
 * agree.
 */
final class RenewalSchedule {
  private static final Duration SHORT_LIFE = Duration.ofDays(10);
  private static final double SPREAD = 0.02;

  private RenewalSchedule() {}

  static Instant renewAt(Credential credential) {
    Duration life = Duration.between(credential.notBefore(), credential.notAfter());
    Duration left = life.dividedBy(life.compareTo(SHORT_LIFE) < 0 ? 2 : 3);
    Duration ahead = Duration.ofMillis((long) (life.toMillis() * SPREAD * share(credential)));
    return credential.notAfter().minus(left).minus(ahead);
  }

  /** Whether so little life is left that other renewals have to wait: a tenth. */
  static boolean isUrgent(Credential credential, Instant now) {
    Duration life = Duration.between(credential.notBefore(), credential.notAfter());
    return now.isAfter(credential.notAfter().minus(life.dividedBy(10)));
  }

  private static double share(Credential credential) {
    return (credential.leaf().getSerialNumber().hashCode() & 0xffff) / (double) 0x10000;
  }
}

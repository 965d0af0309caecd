package io.autotls.internal.record;

import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;

/**
 * How long a certificate serves, as its renewal counts it: what was left of it when it was
 * obtained. Many CAs date the beginning back, some by more than the certificate then lives, so that
 * one counted from there would be due at its birth.
 *
 * @param from when it began to serve, or will
 * @param to its end
 */
public record Validity(Instant from, Instant to) {
  public Validity {
    if (!from.isBefore(to)) {
      throw new IllegalArgumentException("it ends before it begins: " + from + ".." + to);
    }
  }

  /**
   * The validity of a certificate that was obtained at a time. No CA issues what has ended: if it
   * seems so, the clock of whoever obtained it is ahead, and the certificate lasts by that clock
   * for as long as by any other.
   */
  static Validity of(Credential credential, Instant obtainedAt) {
    Instant begins = credential.notBefore();
    Instant from = begins.isAfter(obtainedAt) ? begins : obtainedAt;
    if (from.isBefore(credential.notAfter())) {
      return new Validity(from, credential.notAfter());
    }
    return new Validity(obtainedAt, obtainedAt.plus(whole(credential)));
  }

  /** Never nothing: a certificate that says so is valid for a second, as RFC 5280 counts. */
  private static Duration whole(Credential credential) {
    Duration life = credential.lifetime();
    return life.isNegative() || life.isZero() ? Duration.ofSeconds(1) : life;
  }

  public Duration length() {
    return Duration.between(from, to);
  }

  /** When one part of so many is left. */
  public Instant withOneLeftOf(int parts) {
    return to.minus(length().dividedBy(parts));
  }

  public boolean hasEnded(Instant now) {
    return to.isBefore(now);
  }

  /** Whether less than half of it has passed. */
  public boolean isYoung(Instant now) {
    return now.isBefore(withOneLeftOf(2));
  }
}

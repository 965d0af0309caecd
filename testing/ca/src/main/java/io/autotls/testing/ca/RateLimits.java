package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.acme.Limiter;
import io.autotls.testing.ca.internal.acme.Limiter.Limit;
import java.time.Duration;
import java.util.List;

/**
 * Rate limits as Let's Encrypt has them; none is set at first. See {@link TestCa#limits()}.
 *
 * <pre>{@code
 * ca.limits().letsEncrypt();
 * …
 * assertThat(ca.limits().violations()).isEmpty();
 * }</pre>
 *
 * <p>Each is a bucket that fills again evenly: of 5 in 7 days one comes back every 34 hours. A
 * refusal is 429 {@code rateLimited} with {@code Retry-After}. Exempt are, as at Let's Encrypt:
 * from all but failed validations, an order that replaces a certificate inside its renewal window
 * (RFC 9773); from the limits of accounts and domains, an order for names which together had a
 * certificate before. A registered domain is simply the last two labels.
 */
public final class RateLimits {
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration THREE_HOURS = Duration.ofHours(3);

  private final Limiter limiter;

  RateLimits(Limiter limiter) {
    this.limiter = limiter;
  }

  /** Sets the limits of Let's Encrypt's production environment, as published in August 2026. */
  public RateLimits letsEncrypt() {
    return accounts(10, THREE_HOURS)
        .ordersPerAccount(300, THREE_HOURS)
        .certificatesPerDomain(50, WEEK)
        .certificatesPerNames(5, WEEK)
        .failedValidations(5, Duration.ofHours(1));
  }

  /** Limits registrations; all clients of a test come from one address. */
  public RateLimits accounts(int count, Duration period) {
    return allow(Limit.ACCOUNTS, count, period);
  }

  /** Limits the orders of each account. */
  public RateLimits ordersPerAccount(int count, Duration period) {
    return allow(Limit.ORDERS_PER_ACCOUNT, count, period);
  }

  /** Limits the certificates for each registered domain. */
  public RateLimits certificatesPerDomain(int count, Duration period) {
    return allow(Limit.CERTIFICATES_PER_DOMAIN, count, period);
  }

  /** Limits the certificates for exactly the same names. */
  public RateLimits certificatesPerNames(int count, Duration period) {
    return allow(Limit.CERTIFICATES_PER_NAMES, count, period);
  }

  /** Limits the failed validations of each name, for each account. */
  public RateLimits failedValidations(int count, Duration period) {
    return allow(Limit.FAILED_VALIDATIONS, count, period);
  }

  private RateLimits allow(Limit limit, int count, Duration period) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be positive: " + count);
    }
    limiter.allow(limit, count, TestCaBuilder.positive("period", period));
    return this;
  }

  /** Ends all limits, and forgets what was counted and refused. */
  public void off() {
    limiter.clear();
  }

  /** What was refused because of a limit, in words: limit, whose, when. */
  public List<String> violations() {
    return limiter.violations();
  }
}

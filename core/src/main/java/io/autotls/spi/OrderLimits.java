package io.autotls.spi;

import java.time.Duration;
import java.util.List;

/**
 * What an issuer allows to be ordered in a time. AutoTls keeps a ledger of its orders in the
 * storage and asks it before it orders, so that a crash loop or a thousand new names cannot use up
 * what the renewals of the week will need.
 *
 * @param rules each of them has to allow an order
 */
public record OrderLimits(List<Rule> rules) {
  public OrderLimits {
    rules = List.copyOf(rules);
  }

  /** What a rule counts. */
  public enum Scope {
    /** All orders of the account. */
    ACCOUNT,
    /** Certificates for one registered domain, such as {@code example.co.uk} for all below it. */
    REGISTERED_DOMAIN,
    /** Certificates for exactly the same set of names. */
    NAME_SET,
    /** Failed validations of one name. */
    FAILURES_OF_NAME
  }

  /** Whether a renewal counts. */
  public enum Exempt {
    /** Everything counts. */
    NOTHING,
    /** What the issuer itself asked for: a renewal that names its predecessor in its window. */
    SUGGESTED_RENEWALS,
    /** That, and every renewal of the same set of names. */
    RENEWALS
  }

  /**
   * At most {@code most} in {@code window}; the room comes back evenly, one every {@code window /
   * most}.
   */
  public record Rule(Scope scope, int most, Duration window, Exempt exempt) {
    public Rule {
      if (most < 1 || window.isNegative() || window.isZero()) {
        throw new IllegalArgumentException("not a limit: " + most + " in " + window);
      }
    }
  }

  /** No limits that are known. */
  public static OrderLimits none() {
    return new OrderLimits(List.of());
  }
}

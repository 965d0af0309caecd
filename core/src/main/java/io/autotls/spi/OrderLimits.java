package io.autotls.spi;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What an issuer allows to be ordered in a time. AutoTls keeps a ledger of its orders in the
 * storage and asks it before it orders, so that a crash loop or a thousand new names cannot use up
 * what the renewals of the week will need.
 *
 * <pre>{@code
 * OrderLimits.of(List.of(
 *     Rule.of(Scope.ACCOUNT, 300, Duration.ofHours(3)).exempting(Exempt.RENEWALS),
 *     Rule.of(Scope.FAILURES_OF_NAME, 5, Duration.ofHours(1))));
 * }</pre>
 */
public final class OrderLimits {
  private final List<Rule> rules;

  private OrderLimits(List<Rule> rules) {
    this.rules = rules;
  }

  /** Limits of these rules, each of which has to allow an order. */
  public static OrderLimits of(List<Rule> rules) {
    return new OrderLimits(List.copyOf(rules));
  }

  /** The rules; each of them has to allow an order. */
  public List<Rule> rules() {
    return rules;
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
   * At most so many in a window of time; the room comes back evenly, one every {@code window /
   * most}.
   */
  public static final class Rule {
    private final Scope scope;
    private final int most;
    private final Duration window;
    private final Exempt exempt;

    private Rule(Scope scope, int most, Duration window, Exempt exempt) {
      this.scope = Objects.requireNonNull(scope, "scope");
      this.most = most;
      this.window = window;
      this.exempt = Objects.requireNonNull(exempt, "exempt");
    }

    /**
     * A rule by which everything counts.
     *
     * @throws IllegalArgumentException if it allows nothing, or in no time
     */
    public static Rule of(Scope scope, int most, Duration window) {
      if (most < 1 || window.isNegative() || window.isZero()) {
        throw new IllegalArgumentException("not a limit: " + most + " in " + window);
      }
      return new Rule(scope, most, window, Exempt.NOTHING);
    }

    /** The same rule, by which some renewals do not count. */
    public Rule exempting(Exempt exempt) {
      return new Rule(scope, most, window, exempt);
    }

    /** What it counts. */
    public Scope scope() {
      return scope;
    }

    /** How many it allows in the window. */
    public int most() {
      return most;
    }

    /** In how much time all the room comes back. */
    public Duration window() {
      return window;
    }

    /** Which renewals do not count; none unless said. */
    public Exempt exempt() {
      return exempt;
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Rule other
          && scope == other.scope
          && most == other.most
          && window.equals(other.window)
          && exempt == other.exempt;
    }

    @Override
    public int hashCode() {
      return Objects.hash(scope, most, window, exempt);
    }

    @Override
    public String toString() {
      return "at most " + most + " of " + scope + " in " + window + ", exempt " + exempt;
    }
  }

  /** No limits that are known. */
  public static OrderLimits none() {
    return of(List.of());
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof OrderLimits other && rules.equals(other.rules);
  }

  @Override
  public int hashCode() {
    return rules.hashCode();
  }

  @Override
  public String toString() {
    return rules.toString();
  }
}

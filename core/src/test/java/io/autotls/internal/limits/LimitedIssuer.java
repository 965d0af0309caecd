package io.autotls.internal.limits;

import static io.autotls.spi.OrderLimits.Exempt.RENEWALS;
import static io.autotls.spi.OrderLimits.Exempt.SUGGESTED_RENEWALS;

import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.Key;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.OrderLimits.Rule;
import io.autotls.spi.OrderLimits.Scope;
import io.autotls.spi.Progress;
import java.time.Duration;
import java.util.List;

/** An issuer of which the ledger wants to know the limits only. */
record LimitedIssuer(OrderLimits limits) implements Issuer {
  static final Key KEY = Key.of("limits/ca.example/default");

  /** As Let's Encrypt publishes them. */
  static final List<Rule> LETS_ENCRYPT =
      List.of(
          Rule.of(Scope.ACCOUNT, 300, Duration.ofHours(3)).exempting(RENEWALS),
          Rule.of(Scope.REGISTERED_DOMAIN, 50, Duration.ofDays(7)).exempting(RENEWALS),
          Rule.of(Scope.NAME_SET, 5, Duration.ofDays(7)).exempting(SUGGESTED_RENEWALS),
          Rule.of(Scope.FAILURES_OF_NAME, 5, Duration.ofHours(1)).exempting(SUGGESTED_RENEWALS));

  static LimitedIssuer letsEncrypt() {
    return new LimitedIssuer(OrderLimits.of(LETS_ENCRYPT));
  }

  static LimitedIssuer of(Rule... rules) {
    return new LimitedIssuer(OrderLimits.of(List.of(rules)));
  }

  @Override
  public String id() {
    return "ca.example";
  }

  @Override
  public String displayName() {
    return "Example CA";
  }

  @Override
  public void start(IssuerContext context) {}

  @Override
  public Progress advance(Issuance issuance) {
    throw new AssertionError("the ledger orders nothing");
  }

  @Override
  public void abandon(Issuance issuance) {}

  @Override
  public void close() {}
}

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
          new Rule(Scope.ACCOUNT, 300, Duration.ofHours(3), RENEWALS),
          new Rule(Scope.REGISTERED_DOMAIN, 50, Duration.ofDays(7), RENEWALS),
          new Rule(Scope.NAME_SET, 5, Duration.ofDays(7), SUGGESTED_RENEWALS),
          new Rule(Scope.FAILURES_OF_NAME, 5, Duration.ofHours(1), SUGGESTED_RENEWALS));

  static LimitedIssuer letsEncrypt() {
    return new LimitedIssuer(new OrderLimits(LETS_ENCRYPT));
  }

  static LimitedIssuer of(Rule... rules) {
    return new LimitedIssuer(new OrderLimits(List.of(rules)));
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

package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.acme.FlowSettings.Birth;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Makes authorizations, or finds one that is valid already. */
final class AuthorizationFactory {
  private final Ledger ledger;
  private final Settings settings;
  private final RandomGenerator random;

  AuthorizationFactory(Ledger ledger, Settings settings, RandomGenerator random) {
    this.ledger = ledger;
    this.settings = settings;
    this.random = random;
  }

  /** For an order that expires at the given time. */
  Authorization forOrder(Account account, Identifier identifier, Instant expires) {
    return reusable(account, identifier).orElseGet(() -> create(account, identifier, expires));
  }

  /** For orders to come (RFC 8555 §7.4.1). */
  Authorization ahead(Account account, Identifier identifier) {
    Instant expires = ledger.now().plus(settings.fixed().orderLifetime());
    Authorization authorization = create(account, identifier, expires);
    authorization.markAsPreAuthorization();
    return authorization;
  }

  private Optional<Authorization> reusable(Account account, Identifier identifier) {
    boolean reuse = random.nextDouble() < settings.flow().reusedAuthorizations();
    return ledger
        .validAuthorization(account, identifier, ledger.now())
        .filter(authorization -> reuse || authorization.isPreAuthorization());
  }

  private Authorization create(Account account, Identifier identifier, Instant expires) {
    List<ChallengeOffer> offers =
        settings.fixed().challengeTypes().stream()
            .filter(type -> !identifier.isWildcard() || type.startsWith("dns-"))
            .filter(type -> !identifier.isIp() || !type.startsWith("dns-"))
            .map(this::offer)
            .toList();
    Authorization authorization =
        ledger.addAuthorization(account, identifier, expires, Order.shuffled(offers, random));
    if (settings.flow().birth() == Birth.READY) {
      authorization.pass(ledger.now().plus(settings.fixed().authorizationLifetime()));
    }
    return authorization;
  }

  private ChallengeOffer offer(String type) {
    return type.equals("dns-persist-01")
        ? ChallengeOffer.persistent(type, settings.fixed().caaIdentities())
        : ChallengeOffer.withToken(type, ledger.newToken());
  }
}

package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.KEY_CHANGE;
import static io.autotls.testing.ca.Endpoint.NEW_ACCOUNT;
import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static io.autotls.testing.ca.Endpoint.REVOKE_CERT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeChallenge;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.AcmeRevocationReason;
import io.autotls.acme.AcmeUnsupportedException;
import io.autotls.acme.Authorization;
import io.autotls.acme.Order;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.ProblemType;
import io.autotls.acme.Proof;
import io.autotls.testing.ca.ProblemDocument;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Something is wrong with the account, or between account and certificate. */
@Timeout(180)
class AccountFaultTest {
  private static void refusedAs(ProblemType type, Throwable thrown) {
    assertThat(thrown)
        .isInstanceOfSatisfying(
            AcmeProblemException.class, e -> assertThat(e.type()).isEqualTo(type));
  }

  @Test
  @DisplayName(
      "FT26 A13 PD8 an account that the CA forgot: one refusal, one registration, one order")
  void forgotten() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount stale = stage.account();
      stage.ca.forgetAccounts();

      assertThatThrownBy(() -> OrderDriver.of(stale).obtain(stage.wish("example.com")))
          .satisfies(e -> refusedAs(ProblemType.ACCOUNT_DOES_NOT_EXIST, e));
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
      assertThat(stage.requests(NEW_ACCOUNT)).isEqualTo(1); // whether to register is up to policy
      assertThat(stage.client.findAccount(stage.accountKey)).isEmpty();
      stage.obtains("example.com");

      assertThat(stage.ca.accounts()).hasSize(1);
      assertThat(stage.ca.issued()).hasSize(1);
    }
  }

  @Test
  @DisplayName("FT26 A8 an account that was deactivated is refused as such, everywhere, once")
  void deactivated() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.deactivateAccounts();

      assertThatThrownBy(() -> OrderDriver.of(account).obtain(stage.wish("example.com")))
          .satisfies(e -> refusedAs(ProblemType.UNAUTHORIZED, e));
      assertThatThrownBy(stage::account).satisfies(e -> refusedAs(ProblemType.UNAUTHORIZED, e));
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
      assertThat(stage.ca.accounts()).hasSize(1);
    }
  }

  @Test
  @DisplayName("FT24 A5 a person has to act: page and terms are passed on, nothing is repeated")
  void userActionRequired() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      URI page = URI.create("https://ca.test/agree");
      URI terms = URI.create("https://ca.test/terms-of-2027");
      stage.ca.on(NEW_ORDER).always().fail(ProblemDocument.userActionRequired(page, terms));

      AcmeProblemException e =
          catchThrowableOfType(
              AcmeProblemException.class,
              () -> OrderDriver.of(account).obtain(stage.wish("example.com")));

      assertThat(e.problem().orElseThrow().instance()).contains(page);
      assertThat(e.termsOfService()).contains(terms);
      assertThat(e).hasMessageContaining(page.toString()).hasMessageContaining(terms.toString());
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("FT27 A9 a key that another account has: the old one goes on")
  void keyInUse() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      AcmeAccount other = stage.client.register(stage.certificateKey, Stage.AGREED);

      AcmeProblemException e =
          catchThrowableOfType(
              AcmeProblemException.class, () -> account.changeKey(stage.certificateKey));

      assertThat(e.status()).isEqualTo(409);
      assertThat(e.location()).contains(other.url());
      assertThat(account.fetch().url()).isEqualTo(account.url());
    }
  }

  @Test
  @DisplayName("FT27 D4 a CA that names keyChange and has none: 501 means not supported")
  void keyChangeNotThere() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.on(KEY_CHANGE).always().answer(501, "text/plain", "not implemented");

      assertThatThrownBy(() -> account.changeKey(AcmeKeys.generate()))
          .isInstanceOf(AcmeUnsupportedException.class);
      assertThat(stage.requests(KEY_CHANGE)).isEqualTo(1);
      assertThat(stage.client.findAccount(stage.accountKey)).isPresent();
    }
  }

  @Test
  @DisplayName("A2 A8 an account's URL is used with its own key; another key is refused")
  void urlOfAnotherAccount() throws Exception {
    try (Stage stage = Stage.open()) {
      URI url = stage.account().url();
      AcmeAccount wrong = stage.client.account(AcmeKeys.generate(), url);

      assertThatThrownBy(wrong::fetch).isInstanceOf(AcmeProblemException.class);
      assertThat(stage.client.account(stage.accountKey, url).fetch().url()).isEqualTo(url);
    }
  }

  @Test
  @DisplayName("V4 V1 an account that controls the names revokes the certificate of another one")
  void revokedByAnotherAccount() throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate leaf = stage.obtains("example.com").leaf();
      AcmeAccount other = stage.client.register(AcmeKeys.generate(), Stage.AGREED);
      assertThatThrownBy(() -> other.revoke(leaf, AcmeRevocationReason.CESSATION_OF_OPERATION))
          .satisfies(e -> refusedAs(ProblemType.UNAUTHORIZED, e));
      prove(stage, other);

      other.revoke(leaf, AcmeRevocationReason.CESSATION_OF_OPERATION);

      assertThat(stage.ca.isRevoked(leaf)).isTrue();
    }
  }

  private static void prove(Stage stage, AcmeAccount account) throws Exception {
    Order order = account.newOrder(Stage.order("example.com"));
    Authorization authorization = account.authorization(order.authorizations().get(0));
    AcmeChallenge challenge = authorization.challenge("http-01").orElseThrow();
    String token = challenge.token().orElseThrow();
    stage.web.answer(token, account.keyAuthorization(token));
    account.trigger(challenge);
  }

  @Test
  @DisplayName("V3 a reason that the CA does not take is refused as such")
  void badReason() throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate leaf = stage.obtains("example.com").leaf();
      stage.ca.on(REVOKE_CERT).fail(400, "badRevocationReason", "only 0, 1, 4, 5");

      assertThatThrownBy(
              () -> stage.account().revoke(leaf, AcmeRevocationReason.PRIVILEGE_WITHDRAWN))
          .satisfies(e -> refusedAs(ProblemType.BAD_REVOCATION_REASON, e));
      assertThat(stage.ca.isRevoked(leaf)).isFalse();
    }
  }

  @Test
  @DisplayName(
      "FT23 O10 E1 of three names the CA refuses one: it is named, and nothing is repeated")
  void oneNameOfThree() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.refuseIdentifier("bad.example.com");

      AcmeProblemException e =
          catchThrowableOfType(
              AcmeProblemException.class,
              () ->
                  OrderDriver.of(account)
                      .obtain(stage.wish("a.example.com", "bad.example.com", "b.example.com")));

      assertThat(e.type()).isEqualTo(ProblemType.REJECTED_IDENTIFIER);
      assertThat(e.problem().orElseThrow().subproblems())
          .extracting(problem -> problem.identifier().orElseThrow().value())
          .containsExactly("bad.example.com");
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("IP3 an address that the CA refuses is named")
  void refusedAddress() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.refuseIdentifier("10.0.0.1");

      assertThatThrownBy(() -> OrderDriver.of(account).obtain(stage.wish("10.0.0.1")))
          .satisfies(e -> refusedAs(ProblemType.REJECTED_IDENTIFIER, e))
          .hasMessageContaining("10.0.0.1");
    }
  }

  @Test
  @DisplayName("O11 an authorization in advance, where the CA offers it")
  void preAuthorization() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.preAuthorization())) {
      AcmeAccount account = stage.account();

      Authorization authorization =
          account.preAuthorize(Stage.order("example.com").identifiers().get(0));

      assertThat(authorization.identifier().value()).isEqualTo("example.com");
      assertThat(authorization.challenge("http-01")).isPresent();
      assertThat(stage.ca.orders()).isEmpty();
    }
  }

  @Test
  @DisplayName("M1 the account's URL, for CAA records, is the one that the CA knows")
  void urlForCaa() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.obtains("example.com");

      assertThat(stage.ca.orders().get(0).account()).isEqualTo(stage.account().url());
      assertThat(stage.client.directory().caaIdentities()).containsExactly("ca.test");
      assertThat(stage.web.presented()).extracting(Proof::type).isEqualTo(List.of("http-01"));
    }
  }
}

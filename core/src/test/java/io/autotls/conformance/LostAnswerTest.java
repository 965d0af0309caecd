package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.FINALIZE;
import static io.autotls.testing.ca.Endpoint.KEY_CHANGE;
import static io.autotls.testing.ca.Endpoint.NEW_ACCOUNT;
import static io.autotls.testing.ca.Endpoint.REVOKE_CERT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.AcmeNetworkException;
import io.autotls.acme.AcmeRevocationReason;
import io.autotls.acme.OrderDriver;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.Processing;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The CA has done what it was asked for, and nobody heard of it. */
@Timeout(180)
class LostAnswerTest {
  @ParameterizedTest
  @EnumSource(
      value = Endpoint.class,
      names = {"NEW_ORDER", "AUTHORIZATION", "CHALLENGE", "ORDER", "FINALIZE", "CERTIFICATE"})
  @DisplayName("FT8 F5 F11 N5 a lost answer doubles nothing")
  void lostOnce(Endpoint endpoint) throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.on(endpoint).dropAfterProcessing();

      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));

      stage.nothingIsDoubled();
      assertThat(stage.web.areGone()).isTrue();
    }
  }

  @Test
  @DisplayName("FT8 F5 the CSR is sent once, although the answer was lost and the CA is slow")
  void finalizeIsNotRepeated() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.issuance(Processing.IN_BACKGROUND);
      stage.ca.issuanceDelay(Duration.ofSeconds(40));
      stage.ca.on(FINALIZE).dropAfterProcessing();

      stage.obtains("example.com");

      stage.nothingIsDoubled();
      assertThat(stage.requests(FINALIZE)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("FT8 A1 A12 a registration whose answer was lost is repeated, and finds the account")
  void registration() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(NEW_ACCOUNT).dropAfterProcessing();

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT8 FT27 A10 after a lost key change the account tells which key it has")
  void keyChangeDone() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      KeyPair next = AcmeKeys.generate();
      stage.ca.on(KEY_CHANGE).dropAfterProcessing();

      assertThatThrownBy(() -> account.changeKey(next)).isInstanceOf(AcmeNetworkException.class);

      assertThat(stage.client.findAccount(stage.accountKey)).isEmpty();
      assertThat(stage.client.findAccount(next).orElseThrow().url()).isEqualTo(account.url());
      Stage.issued(
          OrderDriver.of(stage.client.account(next, account.url()))
              .obtain(stage.wish("a.example")));
    }
  }

  @Test
  @DisplayName("FT27 A10 after a key change that never arrived the old key still works")
  void keyChangeNotDone() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      KeyPair next = AcmeKeys.generate();
      stage.ca.on(KEY_CHANGE).dropConnection();

      assertThatThrownBy(() -> account.changeKey(next)).isInstanceOf(AcmeException.class);

      assertThat(stage.client.findAccount(next)).isEmpty();
      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));
      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT8 V2 a revocation whose answer was lost can be repeated")
  void revocation() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      X509Certificate leaf = stage.obtains("example.com").leaf();
      stage.ca.on(REVOKE_CERT).dropAfterProcessing();
      assertThatThrownBy(() -> account.revoke(leaf, AcmeRevocationReason.UNSPECIFIED))
          .isInstanceOf(AcmeNetworkException.class);

      account.revoke(leaf, AcmeRevocationReason.UNSPECIFIED);

      assertThat(stage.ca.isRevoked(leaf)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Endpoint.class,
      names = {"NEW_ACCOUNT", "NEW_ORDER", "CHALLENGE", "FINALIZE", "CERTIFICATE"})
  @DisplayName("FT8 N4 a proxy that repeats a request doubles nothing that matters")
  void repeatedByAProxy(Endpoint endpoint) throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(endpoint).processTwice();

      stage.obtains("example.com");

      assertThat(stage.ca.accounts()).hasSize(1);
      assertThat(stage.ca.issued()).hasSize(1);
      assertThat(stage.ca.impatientRequests()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Endpoint.class,
      names = {"NEW_ACCOUNT", "NEW_ORDER", "AUTHORIZATION", "FINALIZE"})
  @DisplayName("FT8 T10 an answer that comes twice is not taken for that of the next request")
  void answeredTwice(Endpoint endpoint) throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(endpoint).answerTwice();

      stage.obtains("example.com");

      assertThat(stage.ca.accounts()).hasSize(1);
      assertThat(stage.ca.orders()).hasSize(1);
      assertThat(stage.ca.issued()).hasSize(1);
    }
  }
}

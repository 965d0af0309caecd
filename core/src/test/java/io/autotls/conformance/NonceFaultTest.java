package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.NEW_NONCE;
import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.OrderDriver;
import io.autotls.testing.ca.ProblemDocument;
import io.autotls.testing.ca.RecordedRequest;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The CA is difficult about nonces. */
@Timeout(180)
class NonceFaultTest {
  @Test
  @DisplayName("FT1 N2 N4 nine nonces in ten are refused through a whole issuance")
  void nineInTenRefused() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.rejectNonces(0.9);

      stage.obtains("example.com");

      assertThat(stage.ca.issued()).hasSize(1);
      assertThat(stage.ca.orders()).hasSize(1);
    }
  }

  @Test
  @DisplayName("FT2 N6 badNonce without a nonce: another one is fetched")
  void refusedWithoutAnother() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      int before = stage.requests(NEW_NONCE);
      stage.ca.on(NEW_ORDER).failWithoutNonce(ProblemDocument.badNonce());

      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));

      assertThat(stage.requests(NEW_NONCE) - before).isEqualTo(1);
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(2);
    }
  }

  @Test
  @DisplayName("FT3 N8 N4 a newNonce that a cache answers with the same nonce for ever")
  void cachedNonce() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(NEW_NONCE).always().cacheAnswer();
      stage.obtains("example.com");
      int before = stage.ca.requests().size();
      stage.ca.forgetNonces();

      stage.obtains("www.example.com");

      assertThat(stage.ca.issued()).hasSize(2);
      assertThat(stage.ca.requests().size() - before).isLessThan(20);
    }
  }

  @Test
  @DisplayName("FT4 N1 HEAD of newNonce is refused: GET")
  void headRefused() throws Exception {
    try (Stage stage = Stage.open()) {
      stage
          .ca
          .on(NEW_NONCE)
          .when(request -> request.method().equals("HEAD"))
          .always()
          .fail(405, "malformed", "no HEAD here");

      stage.obtains("example.com");

      stage.nothingIsDoubled();
      assertThat(stage.ca.requests(NEW_NONCE))
          .extracting(RecordedRequest::method)
          .containsExactly("HEAD", "GET");
    }
  }

  @Test
  @DisplayName("PD39 N2 after the first request no nonce is asked for any more")
  void oneNonceForALife() throws Exception {
    try (Stage stage = Stage.open()) {
      for (String name : List.of("a.example", "b.example", "c.example")) {
        stage.obtains(name);
      }

      assertThat(stage.requests(NEW_NONCE)).isEqualTo(1);
      stage.noNonceWasUsedTwice();
    }
  }
}

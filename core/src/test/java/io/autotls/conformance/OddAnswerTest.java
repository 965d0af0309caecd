package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.AUTHORIZATION;
import static io.autotls.testing.ca.Endpoint.CERTIFICATE;
import static io.autotls.testing.ca.Endpoint.CHALLENGE;
import static io.autotls.testing.ca.Endpoint.DIRECTORY;
import static io.autotls.testing.ca.Endpoint.FINALIZE;
import static io.autotls.testing.ca.Endpoint.KEY_CHANGE;
import static io.autotls.testing.ca.Endpoint.NEW_ACCOUNT;
import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static io.autotls.testing.ca.Endpoint.ORDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeChallengeException;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.AcmeUnsupportedException;
import io.autotls.acme.Identifier;
import io.autotls.acme.OrderDriver;
import io.autotls.testing.ca.JsonRewrite;
import io.autotls.testing.ca.ProblemDocument;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The CA's answers are odd, but legal or nearly so. */
@Timeout(180)
class OddAnswerTest {
  @Test
  @DisplayName("FT12 T6 names of headers in lower case")
  void lowerCase() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.onAny().always().lowerCaseHeaders();

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT12 T6 F9 several links joined into one header")
  void joinedLinks() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.alternateRoots(2))) {
      stage.ca.on(CERTIFICATE).joinHeaders("Link");

      assertThat(stage.obtains("example.com").alternates()).hasSize(2);
    }
  }

  @Test
  @DisplayName("FT12 E1 answers without their media type")
  void noContentType() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.onAny().always().removeHeader("Content-Type");

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT12 E1 a problem with a charset behind its media type")
  void charset() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage
          .ca
          .on(NEW_ORDER)
          .fail(
              ProblemDocument.badNonce()
                  .header("Content-Type", "application/problem+json; charset=utf-8"));

      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));

      assertThat(stage.requests(NEW_ORDER)).isEqualTo(2);
    }
  }

  @Test
  @DisplayName("FT13 D2 D3 D4 a directory with odd members, without meta and keyChange")
  void oddDirectory() throws Exception {
    try (Stage stage = Stage.open()) {
      stage
          .ca
          .on(DIRECTORY)
          .always()
          .rewriteJson(
              json ->
                  JsonRewrite.oddMembers()
                      .apply(JsonRewrite.without("meta", "keyChange").apply(json)));
      AcmeAccount account = stage.account();

      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));

      assertThatThrownBy(() -> account.changeKey(AcmeKeys.generate()))
          .isInstanceOf(AcmeUnsupportedException.class);
      assertThat(stage.requests(KEY_CHANGE)).isZero();
    }
  }

  @Test
  @DisplayName("J11 D3 members that nobody knows, in every answer")
  void oddMembersEverywhere() throws Exception {
    try (Stage stage = Stage.open()) {
      stage
          .ca
          .on(DIRECTORY, NEW_ACCOUNT, NEW_ORDER, ORDER, AUTHORIZATION, CHALLENGE, FINALIZE)
          .always()
          .rewriteJson(JsonRewrite.oddMembers());

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT16 O3 an order that the CA gives out again, and is ready, goes on from there")
  void alreadyReady() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.reuseOrders())) {
      AcmeAccount account = stage.account();
      stage.ca.on(FINALIZE).fail(400, "badCSR", "not this time");
      assertThatThrownBy(() -> OrderDriver.of(account).obtain(stage.wish("example.com")))
          .hasMessageContaining("badCSR");
      int before = stage.requests(CHALLENGE);

      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));

      stage.nothingIsDoubled();
      assertThat(stage.requests(CHALLENGE)).isEqualTo(before);
    }
  }

  @Test
  @DisplayName("FT16 O3 valid authorizations are not proved again")
  void alreadyAuthorized() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.reuseAuthorizations())) {
      stage.obtains("example.com");
      int before = stage.requests(CHALLENGE);

      stage.obtains("example.com");

      assertThat(stage.ca.issued()).hasSize(2);
      assertThat(stage.requests(CHALLENGE)).isEqualTo(before);
      assertThat(stage.web.presented()).hasSize(1);
    }
  }

  @Test
  @DisplayName("FT16 O3 an order that is valid at once is only downloaded")
  void resumedWhenValid() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));
      int before = stage.requests(FINALIZE);

      Stage.issued(
          OrderDriver.of(account)
              .resume(stage.wish("example.com"), stage.ca.orders().get(0).url()));

      assertThat(stage.requests(FINALIZE)).isEqualTo(before);
      assertThat(stage.ca.issued()).hasSize(1);
    }
  }

  @Test
  @DisplayName("FT17 O2 twelve names in an order of the CA's choice")
  void shuffled() throws Exception {
    String[] names =
        IntStream.range(0, 12).mapToObj(i -> "n" + i + ".example").toArray(String[]::new);
    for (long seed = 0; seed < 3; seed++) {
      long chosen = seed;
      try (Stage stage = Stage.withCa(ca -> ca.seed(chosen))) {
        stage.obtains(names);

        stage.nothingIsDoubled();
        assertThat(stage.web.presented())
            .extracting(proof -> proof.identifier().value())
            .containsExactlyInAnyOrder(names);
      }
    }
  }

  @Test
  @DisplayName("FT18 C2 PD45 challenges of unknown types, without parts, with an empty error")
  void oddChallenges() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.challengeTypes("carrier-pigeon-01", "http-01"))) {
      stage
          .ca
          .on(AUTHORIZATION)
          .always()
          .rewriteJson(
              json -> JsonRewrite.emptyErrors().apply(JsonRewrite.oddChallengeFirst().apply(json)));

      stage.obtains("example.com");

      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName(
      "FT18 C2 if there is no challenge that can be answered, that is said, and nothing is sent")
  void onlyUnknownChallenges() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.on(AUTHORIZATION).always().rewriteJson(JsonRewrite.unknownChallenges());

      assertThatThrownBy(() -> OrderDriver.of(account).obtain(stage.wish("example.com")))
          .isInstanceOfSatisfying(
              AcmeChallengeException.class,
              e -> assertThat(e.identifier()).isEqualTo(Identifier.dns("example.com")))
          .hasMessageContaining("carrier-pigeon-01");
      assertThat(stage.requests(CHALLENGE)).isZero();
    }
  }

  @Test
  @DisplayName("FT18 C2 a challenge without its token cannot be answered, and is not")
  void challengesWithoutToken() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.on(AUTHORIZATION).always().rewriteJson(JsonRewrite.challengesWithoutToken());

      assertThatThrownBy(() -> OrderDriver.of(account).obtain(stage.wish("example.com")))
          .isInstanceOf(AcmeChallengeException.class);
      assertThat(stage.requests(CHALLENGE)).isZero();
    }
  }

  @Test
  @DisplayName("O4 an order in a state that nobody knows is looked at again")
  void unknownState() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(ORDER).times(3).rewriteJson(JsonRewrite.with("status", "contemplating"));

      stage.obtains("example.com");

      stage.nothingIsDoubled();
      assertThat(stage.time.waits()).hasSizeGreaterThanOrEqualTo(2);
    }
  }

  @Test
  @DisplayName("O1 M5 a certificate of a format that nobody knows fails as such")
  void unknownFormat() throws Exception {
    try (Stage stage = Stage.open()) {
      stage
          .ca
          .on(CERTIFICATE)
          .always()
          .answer(
              200,
              "application/pem-certificate-chain",
              "-----BEGIN MTC CERTIFICATE-----\nAAAA\n-----END MTC CERTIFICATE-----\n");

      assertThat(
              Stage.parked(OrderDriver.of(stage.account()).obtain(stage.wish("a.example")))
                  .reason())
          .contains("something else than certificates");
      assertThat(stage.ca.orders()).hasSize(1);
    }
  }

  @Test
  @DisplayName("T9 a redirect of a signed request is not followed")
  void redirected() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      stage.ca.on(NEW_ORDER).redirect(307, stage.ca.directory().resolve("/elsewhere"));

      Stage.issued(OrderDriver.of(account).obtain(stage.wish("example.com")));

      assertThat(stage.ca.requests()).noneMatch(r -> r.target().contains("elsewhere"));
    }
  }

  @Test
  @DisplayName("O11 an authorization is asked for in advance where the CA has newAuthz, only there")
  void preAuthorization() throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();

      assertThatThrownBy(() -> account.preAuthorize(Identifier.dns("example.com")))
          .isInstanceOf(AcmeUnsupportedException.class)
          .hasMessageContaining("newAuthz");
      assertThat(stage.ca.requests()).noneMatch(r -> r.payload().contains("\"identifier\":"));
    }
  }
}

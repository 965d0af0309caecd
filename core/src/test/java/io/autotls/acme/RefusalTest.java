package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.html;
import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RefusalTest {
  private static final KeyPair KEY = AcmeKeys.generate();

  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().build();
  private final AcmeAccount account = client.account(KEY, ca.account(KEY));

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @ParameterizedTest
  @DisplayName("E3 every registered type is known")
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"UNKNOWN", "RATE_LIMITED", "SERVER_INTERNAL", "BAD_NONCE"})
  void knownTypes(ProblemType type) {
    String name = type.uri().substring("urn:ietf:params:acme:error:".length());

    AcmeProblemException e = refused(AcmeProblemException.class, problem(403, name, "why"));

    assertThat(e.type()).isEqualTo(type);
    assertThat(e.status()).isEqualTo(403);
    assertThat(e).hasMessageContaining(name).hasMessageContaining("why");
  }

  @ParameterizedTest
  @DisplayName("E1 FT12 problem documents with any spelling of their media type")
  @CsvSource({
    "application/problem+json",
    "application/problem+json; charset=utf-8",
    "Application/Problem+JSON",
    "application/json",
    "''"
  })
  void mediaTypes(String mediaType) {
    MockResponse.Builder answer = problem(403, "unauthorized", "no");
    answer.removeHeader("Content-Type");
    if (!mediaType.isEmpty()) {
      answer.setHeader("Content-Type", mediaType);
    }

    AcmeProblemException e = refused(AcmeProblemException.class, answer);

    assertThat(e.type()).isEqualTo(ProblemType.UNAUTHORIZED);
  }

  @Test
  @DisplayName("E3 an unknown type is known by its status, and its text still arrives")
  void unknownType() {
    AcmeProblemException e =
        refused(AcmeProblemException.class, problem(418, "teapot", "short and stout"));

    assertThat(e.type()).isEqualTo(ProblemType.UNKNOWN);
    assertThat(e.status()).isEqualTo(418);
    assertThat(e).hasMessageContaining("teapot, short and stout");
  }

  @Test
  @DisplayName("E2 HTML, nothing, and cut-off documents leave the status")
  void noProblemDocument() {
    for (MockResponse.Builder answer :
        List.of(
            html(404),
            html(500),
            new MockResponse.Builder().code(503),
            json(500, "{\"type\":\"urn:ietf:par"),
            new MockResponse.Builder()
                .code(400)
                .setHeader("Content-Type", "application/problem+json")
                .body("[]"))) {
      AcmeServerException e = refused(AcmeServerException.class, answer);

      assertThat(e.status()).isEqualTo(answer.getCode());
      assertThat(e.problem()).isEmpty();
    }
  }

  @Test
  @DisplayName("E4 serverInternal and 5xx are faults of the CA")
  void serverFaults() {
    assertThat(refused(AcmeServerException.class, problem(500, "serverInternal", "oops")))
        .hasMessageContaining("oops");
    assertThat(
            refused(
                    AcmeServerException.class,
                    problem(500, "malformed", "x").setHeader("Retry-After", "60"))
                .retryAfter())
        .contains(Duration.ofMinutes(1));
  }

  @Test
  @DisplayName("E4 R5 FT6 rate limits: 429, the type, or 503 with a time")
  @Tag("PD18")
  void rateLimits() {
    AcmeRateLimitedException e =
        refused(
            AcmeRateLimitedException.class,
            problem(429, "rateLimited", "too many certificates")
                .setHeader("Retry-After", "122400")
                .setHeader("Link", "<https://ca.test/limits>;rel=\"help\""));
    assertThat(e.retryAfter()).contains(Duration.ofHours(34)); // B7: not cut to a day
    assertThat(e.documentation()).contains(URI.create("https://ca.test/limits"));
    assertThat(e.unpauseUrl()).isEmpty();
    assertThat(e).hasMessageContaining("too many certificates").hasMessageContaining("122400");

    assertThat(
            refused(AcmeRateLimitedException.class, problem(403, "rateLimited", "")).retryAfter())
        .isEmpty();
    assertThat(refused(AcmeRateLimitedException.class, html(429)).problem()).isEmpty();
    assertThat(
            refused(AcmeRateLimitedException.class, html(503).setHeader("Retry-After", "9"))
                .retryAfter())
        .contains(Duration.ofSeconds(9));
  }

  @Test
  @DisplayName("E5 FT25 a pause is told from a limit, with the page to visit")
  void pause() {
    AcmeRateLimitedException e =
        refused(
            AcmeRateLimitedException.class,
            problem(
                429,
                "rateLimited",
                "Your account is temporarily prevented from requesting certificates for example.com"
                    + " and possibly others. Please visit: https://ca.test/unpause?jwt=a.b-c_d"));

    assertThat(e.unpauseUrl()).contains(URI.create("https://ca.test/unpause?jwt=a.b-c_d"));
    assertThat(e).hasMessageContaining("does not pass by itself");
  }

  @Test
  @DisplayName("O10 FT23 E1 subproblems name the names")
  void subproblems() {
    AcmeProblemException e =
        refused(
            AcmeProblemException.class,
            new MockResponse.Builder()
                .code(400)
                .setHeader("Content-Type", "application/problem+json")
                .body(
                    "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\",\"detail\":\"two\","
                        + "\"status\":400,\"subproblems\":["
                        + "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\","
                        + "\"detail\":\"blocked\","
                        + "\"identifier\":{\"type\":\"dns\",\"value\":\"bad.example\"}},"
                        + "{\"detail\":\"?\",\"identifier\":{\"type\":\"dns\"}},7]}"));

    List<AcmeProblem> subproblems = e.problem().orElseThrow().subproblems();
    assertThat(subproblems).hasSize(2);
    assertThat(subproblems.get(0).identifier()).contains(Identifier.dns("bad.example"));
    assertThat(subproblems.get(1).identifier()).isEmpty();
    assertThat(e.problem().orElseThrow().status()).hasValue(400);
    assertThat(e).hasMessageContaining("bad.example: rejectedIdentifier, blocked");
  }

  @Test
  @DisplayName("J10 badSignatureAlgorithm shows the algorithms that are accepted")
  void badSignatureAlgorithm() {
    AcmeProblemException e =
        refused(
            AcmeProblemException.class,
            new MockResponse.Builder()
                .code(400)
                .setHeader("Content-Type", "application/problem+json")
                .body(
                    "{\"type\":\"urn:ietf:params:acme:error:badSignatureAlgorithm\","
                        + "\"algorithms\":[\"RS256\",\"ES384\"]}"));

    assertThat(e.problem().orElseThrow().algorithms()).containsExactly("RS256", "ES384");
    assertThat(e).hasMessageContaining("RS256, ES384");
  }

  @Test
  @Tag("E2")
  void textsOfTheCaCannotForgeLogLines() {
    AcmeProblemException e =
        refused(
            AcmeProblemException.class,
            problem(
                403,
                "unauthorized",
                "no\\r\\n2026 INFO all is well\\u001b[2J" + "x".repeat(9_000)));

    assertThat(e.getMessage()).doesNotContain("\n", "\r", "\u001b").hasSizeLessThan(3_000);
  }

  @Test
  @Tag("E5")
  void theUrlOfAnErrorHasNoQuery() {
    ca.on("POST /order/1?token=s3cret", problem(404, "malformed", "no"));

    assertThatThrownBy(() -> account.order(ca.url("/order/1?token=s3cret")))
        .isInstanceOfSatisfying(
            AcmeException.class, e -> assertThat(e.url()).contains(ca.url("/order/1")))
        .hasMessageNotContaining("s3cret");
  }

  @Test
  @DisplayName("PD46 refusals leave no connection behind: all go over the same one")
  void refusalsLeaveNoConnectionBehind() {
    for (MockResponse.Builder answer :
        List.of(problem(403, "unauthorized", "no"), html(404), html(500), problem(429, "x", "y"))) {
      for (int i = 0; i < 5; i++) {
        refused(AcmeException.class, answer);
      }
    }

    assertThat(ca.requests).extracting(RecordedRequest::getConnectionIndex).containsOnly(0);
  }

  private <T extends AcmeException> T refused(Class<T> type, MockResponse.Builder answer) {
    ca.on("POST /order/1", answer);
    T e = catchThrowableOfType(type, () -> account.order(ca.url("/order/1")));
    assertThat(e).as("%s", answer).isNotNull();
    return e;
  }
}

package io.autotls.solver.http;

import static io.autotls.solver.http.TestContext.challenge;
import static io.autotls.solver.http.TestContext.keyAuthorization;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.spi.Attachment;
import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Http01SolverTest {
  private static final String PATH = "/.well-known/acme-challenge/";

  private final TestContext context = new TestContext();
  private final Http01Solver solver = Http01Solver.embedded();

  @BeforeEach
  void start() {
    solver.start(context);
  }

  @Test
  @Tag("C10")
  @Tag("PD53")
  void anAnswerIsThereFromPresentToCleanUp() throws IOException {
    solver.attach("Jetty on port 80").listening();

    solver.present(List.of(challenge("token-1")));
    assertThat(get(PATH + "token-1"))
        .isEqualTo(
            new HttpAnswer(
                200,
                "text/plain; charset=us-ascii",
                get(PATH + "token-1").headers(),
                keyAuthorization("token-1")));

    solver.cleanUp(List.of(challenge("token-1")));
    solver.cleanUp(List.of(challenge("token-1")));
    assertThat(get(PATH + "token-1").status()).isEqualTo(404);
  }

  @Test
  void aChallengeOfAnotherNodeIsAnswered() {
    context.ofOtherNodes.put("elsewhere", challenge("elsewhere"));

    assertThat(get(PATH + "elsewhere").body()).isEqualTo(keyAuthorization("elsewhere"));
    assertThat(get(PATH + "elsewhere?x=y").body()).isEqualTo(keyAuthorization("elsewhere"));
    assertThat(context.lookedUp).containsOnly("http-01 elsewhere");
  }

  @Test
  @Tag("C10")
  void headHasTheStatusOfGetAndNoBody() {
    context.ofOtherNodes.put("known", challenge("known"));

    assertThat(solver.respond("HEAD", PATH + "known"))
        .hasValueSatisfying(answer -> assertThat(answer.status()).isEqualTo(200))
        .hasValueSatisfying(answer -> assertThat(answer.body()).isEmpty());
    assertThat(solver.respond("HEAD", PATH + "unknown"))
        .hasValueSatisfying(answer -> assertThat(answer.status()).isEqualTo(404))
        .hasValueSatisfying(answer -> assertThat(answer.body()).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND", ""})
  @Tag("C10")
  void otherMethodsAreNotAllowed(String method) {
    context.ofOtherNodes.put("known", challenge("known"));

    assertThat(solver.respond(method, PATH + "known"))
        .hasValueSatisfying(answer -> assertThat(answer.status()).isEqualTo(405))
        .hasValueSatisfying(
            answer -> assertThat(answer.headers()).containsEntry("Allow", "GET, HEAD"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "?token",
        "..",
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%6bnown",
        "known/",
        "/known",
        "known;x",
        "known%00",
        "known.txt",
        "<script>alert(1)</script>",
        "kn\u00f6wn"
      })
  void whatIsNoTokenIsNotFoundAndNotLookedUp(String token) {
    context.ofOtherNodes.put("known", challenge("known"));

    assertThat(get(PATH + token).status()).isEqualTo(404);
    assertThat(context.lookedUp).isEmpty();
  }

  @Test
  @Tag("C9")
  void aTokenOfAThousandCharactersIsNotLookedUp() {
    assertThat(get(PATH + "a".repeat(1000)).status()).isEqualTo(404);
    assertThat(context.lookedUp).isEmpty();
  }

  @Test
  @Tag("C10")
  void nothingOfTheRequestComesBack() {
    assertThat(get(PATH + "unknown").body()).doesNotContain("unknown");
    assertThat(get(PATH + "<script>").body()).doesNotContain("script");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "*",
        "",
        "/index.html",
        "/.well-known/acme-challenge",
        "/.well-known/security.txt",
        "//.well-known/acme-challenge/known",
        "/.well-known//acme-challenge/known",
        "/.well-known/acme%2dchallenge/known",
        "/.WELL-KNOWN/acme-challenge/known",
        "/x/../.well-known/acme-challenge/known"
      })
  void everythingElseIsForTheApplication(String path) {
    context.ofOtherNodes.put("known", challenge("known"));

    assertThat(solver.respond("GET", path)).isEmpty();
  }

  @Test
  void anEmbeddedSolverIsReadyWhileAServerListens() {
    assertThat(reason()).contains("no server answers HTTP-01 challenges yet");

    Attachment jetty = solver.attach("Jetty on port 8080");
    assertThat(reason()).contains("Jetty on port 8080 does not listen yet");

    jetty.listening();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());

    jetty.stopped();
    assertThat(reason()).contains("Jetty on port 8080");
    assertThat(context.readinessChanges).hasValue(3);
  }

  @Test
  @Tag("C3")
  void nothingIsPresentedBeforeAServerListens() {
    solver.attach("Jetty on port 8080");

    assertThatThrownBy(() -> solver.present(List.of(challenge("token-1"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("example.com")
        .hasMessageContaining("Jetty on port 8080 does not listen yet")
        .hasMessageNotContaining("token-1");
  }

  @Test
  void anotherTypeOfChallengeIsRefused() {
    solver.attach("Jetty on port 8080").listening();
    Challenge dns =
        Challenge.builder("dns-01", "example.com").token("token-1", "token-1.x").build();

    assertThatThrownBy(() -> solver.present(List.of(dns))).hasMessageContaining("dns-01");
  }

  @Test
  void namesAndAddressesAreSupportedButNoWildcards() {
    assertThat(solver.supports("example.com", false)).isTrue();
    assertThat(solver.supports("192.0.2.1", false)).isTrue();
    assertThat(solver.supports("2001:db8::1", false)).isTrue();
    assertThat(solver.supports("example.com", true)).isFalse();
  }

  @Test
  void theKeyAuthorizationIsNotInToString() {
    context.ofOtherNodes.put("known", challenge("known"));

    assertThat(get(PATH + "known").toString()).doesNotContain("9jg46").doesNotContain("known");
  }

  @Test
  void twoSolversKnowNothingOfEachOther() throws IOException {
    Http01Solver other = Http01Solver.embedded();
    other.start(new TestContext());
    other.attach("Tomcat").listening();

    other.present(List.of(challenge("token-1")));

    assertThat(get(PATH + "token-1").status()).isEqualTo(404);
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
  }

  private HttpAnswer get(String path) {
    return solver.respond("GET", path).orElseThrow();
  }

  private String reason() {
    return ((Readiness.NotReady) solver.readiness()).reason();
  }
}

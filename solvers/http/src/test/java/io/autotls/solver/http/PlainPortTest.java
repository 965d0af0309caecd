package io.autotls.solver.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainPortTest {
  private static final String CHALLENGE = "/.well-known/acme-challenge/token";

  private final Http01Solver solver = Http01Solver.embedded();
  private final PlainPort port = PlainPort.redirecting(solver, () -> 443);

  private record Asked(String path, Map<String, String> headers) implements PlainRequest {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public Optional<String> query() {
      return Optional.of("a=b");
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }
  }

  @BeforeEach
  void start() {
    solver.start(new TestContext());
  }

  @Test
  void everythingGoesToTheSamePlaceOnHttps() {
    HttpAnswer answer = answer(new Asked("/x", Map.of("Host", "example.com:80")));

    assertThat(answer.status()).isEqualTo(301);
    assertThat(answer.headers()).containsEntry("Location", "https://example.com/x?a=b");
  }

  @ParameterizedTest
  @CsvSource({
    "X-Forwarded-Proto, https",
    "X-Forwarded-Proto, HTTPS",
    "X-Forwarded-Proto, 'https, http'",
    "X-Forwarded-Proto, wss",
    "X-Forwarded-Ssl, on",
    "Front-End-Https, On",
    "Forwarded, for=192.0.2.60;proto=https;by=203.0.113.43",
    "Forwarded, proto=\"https\"",
  })
  void whoCameOverHttpsIsNotSentInCircles(String header, String value) {
    Asked request = new Asked("/", Map.of("Host", "example.com", header, value));

    HttpAnswer answer = answer(request);

    assertThat(answer.status()).isEqualTo(421);
    assertThat(answer.headers()).doesNotContainKey("Location");
    assertThat(answer.body()).contains("Let the proxy use the https port");
  }

  @ParameterizedTest
  @CsvSource({
    "X-Forwarded-Proto, http",
    "X-Forwarded-Proto, 'http, https'",
    "Forwarded, 'for=a;proto=http, for=b;proto=https'",
    "X-Forwarded-Ssl, off",
  })
  void whoCameOverHttpToAProxyIsRedirected(String header, String value) {
    assertThat(answer(new Asked("/", Map.of("Host", "example.com", header, value))).status())
        .isEqualTo(301);
  }

  @Test
  void aChallengeIsNeverRedirectedWhateverElseIsSaid() {
    port.doNotRedirect(request -> true);

    assertThat(answer(new Asked(CHALLENGE, Map.of("X-Forwarded-Proto", "https"))).status())
        .isEqualTo(404);
  }

  @Test
  void theApplicationAnswersWhatItExcepts() {
    port.doNotRedirect(request -> request.path().equals("/health"));
    port.doNotRedirect(request -> request.header("User-Agent").filter("old"::equals).isPresent());

    assertThat(port.answer(new Asked("/health", Map.of()))).isEmpty();
    assertThat(port.answer(new Asked("/x", Map.of("User-Agent", "old")))).isEmpty();
    assertThat(answer(new Asked("/healthy", Map.of("Host", "example.com"))).status())
        .isEqualTo(301);
  }

  @Test
  void anExceptionThatThrowsIsNone() {
    port.doNotRedirect(
        request -> {
          throw new IllegalStateException("a bug of the application");
        });

    assertThat(answer(new Asked("/", Map.of("Host", "example.com"))).status()).isEqualTo(301);
  }

  private HttpAnswer answer(PlainRequest request) {
    return port.answer(request).orElseThrow().toCompletableFuture().join();
  }
}

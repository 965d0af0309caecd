package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.testing.Browser.Answer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What the http port of every adapter has to do, without any CA: answer challenges (RFC 8555 §8.3),
 * redirect everything else, and keep the application out of it. A subclass installs its server.
 */
@Execution(ExecutionMode.CONCURRENT)
public abstract class HttpPortContract extends AdapterHarness {
  private static final Challenge CHALLENGE =
      Challenge.builder("http-01", TestAutoTls.NAME).token("token", "token.thumbprint").build();

  private final Browser browser = ending(Browser.open());
  private ChallengeSolver solver;
  private AutoTls tls;

  /** For subclasses. */
  protected HttpPortContract() {}

  @BeforeEach
  final void enable() {
    solver = solver("http-01");
    tls = ending(TestAutoTls.with(solver));
  }

  @Test
  @Tag("C10")
  void challengeIsAnsweredWithItsKeyAuthorization() throws Exception {
    int port = started().httpPort();
    solver.present(List.of(CHALLENGE));

    Answer answer = browser.get(challengeUrl(port, "token"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("token.thumbprint");
    assertThat(answer.header("Content-Length")).contains("16");
  }

  @Test
  @Tag("C10")
  @Tag("FT43")
  void headOfAChallengeHasNoBody() throws Exception {
    int port = started().httpPort();
    solver.present(List.of(CHALLENGE));

    Answer answer = browser.head(challengeUrl(port, "token"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  @Tag("C10")
  @Tag("FT43")
  @Tag("PD53")
  void unknownTokenIsNotFoundAndNotEchoed() throws Exception {
    int port = started().httpPort();

    Answer answer = browser.get(challengeUrl(port, "unknown"));

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body()).doesNotContain("unknown");
  }

  @Test
  @Tag("C6")
  void challengeIsGoneAfterCleanUp() throws Exception {
    int port = started().httpPort();
    solver.present(List.of(CHALLENGE));
    solver.cleanUp(List.of(CHALLENGE));

    assertThat(browser.get(challengeUrl(port, "token")).status()).isEqualTo(404);
  }

  @Test
  @Tag("G12")
  @Tag("G14")
  void everythingElseIsRedirectedToTheSamePlaceOnHttps() throws Exception {
    AdaptedServer server = started();
    String place = "/a%20b/c%2Fd;e?x=1&y=%20";

    Answer answer = browser.get(url(server.httpPort(), place));

    assertThat(answer.status()).isEqualTo(301);
    assertThat(answer.header("Location"))
        .contains("https://example.com:" + server.httpsPort() + place);
    assertThat(browser.get(url(server.httpPort(), "/plain")).header("Location"))
        .contains("https://example.com:" + server.httpsPort() + "/plain");
  }

  @Test
  void visitorsAreSentToThePortThatIsPublished() throws Exception {
    AdaptedServer server =
        prepare(ending(TestAutoTls.builder(solver("http-01")).publicHttpsPort(443).enable()));
    server.start();

    assertThat(browser.get(url(server.httpPort(), "/plain")).header("Location"))
        .contains("https://example.com/plain");
  }

  @Test
  void whoCameToAProxyOverHttpsIsNotSentInCircles() throws Exception {
    int port = started().httpPort();

    assertThat(
            Visitor.say(
                port,
                "GET / HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-Proto: https\r\n"
                    + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421")
        .doesNotContain("Location");
  }

  @Test
  void postIsRedirectedAsPost() throws Exception {
    int port = started().httpPort();

    assertThat(browser.post(url(port, "/form"), "a=b").status()).isEqualTo(308);
  }

  @Test
  void connectionServesSeveralRequests() throws Exception {
    int port = started().httpPort();
    solver.present(List.of(CHALLENGE));
    String twice =
        "GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: example.com\r\n\r\n"
            + "GET /next HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n";

    assertThat(Visitor.say(port, twice))
        .startsWith("HTTP/1.1 200")
        .contains("token.thumbprint")
        .contains("HTTP/1.1 301");
  }

  @Test
  void theApplicationSeesNothingOfTheHttpPort() throws Exception {
    AdaptedServer server = started();

    browser.get(url(server.httpPort(), "/"));
    browser.get(challengeUrl(server.httpPort(), "unknown"));

    assertThat(server.visits()).isZero();
  }

  @Test
  void challengesAreAnsweredAfterASecondStart() throws Exception {
    AdaptedServer server = started();
    server.stop();
    server.start();
    solver.present(List.of(CHALLENGE));

    assertThat(browser.get(challengeUrl(server.httpPort(), "token")).status()).isEqualTo(200);
  }

  @Test
  void withoutHttp01EverythingIsRedirected() throws Exception {
    AdaptedServer server = prepare(ending(TestAutoTls.with(solver("tls-alpn-01"))));
    server.start();

    assertThat(browser.get(challengeUrl(server.httpPort(), "token")).status()).isEqualTo(301);
  }

  @Test
  void solverIsReadyWhileTheServerRuns() throws Exception {
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    AdaptedServer server = prepare(tls);
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    server.start();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());

    server.stop();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    server.start();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());
  }

  @Test
  void aCaIsAnsweredWithinASecondWhateverElseComesIn() throws Exception {
    OtherNode other = ending(OtherNode.start(Duration.ofMillis(50)));
    ChallengeSolver besieged = solver("http-01");
    AutoTls slow = ending(TestAutoTls.builder(besieged).storage(other.storage()).enable());
    AdaptedServer server = prepare(slow);
    server.start();

    BesiegedPort.Report report = BesiegedPort.askWhileBesieged(server.httpPort(), besieged, other);

    assertThat(report.median()).isLessThan(Duration.ofSeconds(1));
    assertThat(report.unknownAnswered()).isPositive();
  }

  private AdaptedServer started() throws Exception {
    AdaptedServer server = prepare(tls);
    server.start();
    return server;
  }

  private static String url(int port, String target) {
    return "http://example.com:" + port + target;
  }

  private static String challengeUrl(int port, String token) {
    return url(port, "/.well-known/acme-challenge/" + token);
  }
}

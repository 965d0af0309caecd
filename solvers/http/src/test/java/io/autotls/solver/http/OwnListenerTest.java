package io.autotls.solver.http;

import static io.autotls.solver.http.TestContext.challenge;
import static io.autotls.solver.http.TestContext.keyAuthorization;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.spi.Readiness;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class OwnListenerTest {
  private static final String PATH = "/.well-known/acme-challenge/";
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final TestContext context = new TestContext();
  private Http01Solver solver = Http01Solver.listening(new InetSocketAddress(LOOPBACK, 0));

  @AfterEach
  void close() {
    solver.close();
  }

  @Test
  @Tag("C10")
  void aChallengeIsAnsweredExactly() throws Exception {
    solver.start(context);
    solver.present(List.of(challenge("token-1")));

    String answer = send("GET " + PATH + "token-1 HTTP/1.1", "Host: example.com");

    assertThat(answer)
        .startsWith("HTTP/1.1 200 OK\r\n")
        .containsIgnoringCase("Content-Type: text/plain; charset=us-ascii\r\n")
        .containsIgnoringCase("Content-Length: " + keyAuthorization("token-1").length() + "\r\n")
        .endsWith("\r\n\r\n" + keyAuthorization("token-1"));
  }

  @Test
  @Tag("C10")
  @Tag("FT43")
  void theHostDoesNotMatterForAChallenge() throws Exception {
    solver.start(context);
    solver.present(List.of(challenge("token-1")));

    assertThat(send("GET " + PATH + "token-1 HTTP/1.1", "Host: [2001:db8::1]"))
        .endsWith(keyAuthorization("token-1"));
    assertThat(send("GET " + PATH + "token-1 HTTP/1.0")).endsWith(keyAuthorization("token-1"));
    assertThat(send("GET " + PATH + "token-1 HTTP/1.1", "Host: user@<evil>"))
        .endsWith(keyAuthorization("token-1"));
  }

  @Test
  @Tag("FT43")
  void headHasNoBody() throws Exception {
    solver.start(context);
    solver.present(List.of(challenge("token-1")));

    assertThat(send("HEAD " + PATH + "token-1 HTTP/1.1", "Host: example.com"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .endsWith("\r\n\r\n");
  }

  @Test
  @Tag("C10")
  @Tag("FT43")
  @Tag("PD53")
  void whatIsNotUnderWayIsNotFoundAndNotEchoed() throws Exception {
    solver.start(context);

    for (String token : List.of("unknown", "..%2f..%2fsecret", "../../secret", "a/../secret")) {
      assertThat(send("GET " + PATH + token + " HTTP/1.1", "Host: example.com"))
          .startsWith("HTTP/1.1 404 ")
          .doesNotContain("secret")
          .doesNotContain("unknown");
    }
  }

  @Test
  void otherMethodsAreNotAllowed() throws Exception {
    solver.start(context);

    assertThat(send("POST " + PATH + "token-1 HTTP/1.1", "Host: example.com", "Content-Length: 0"))
        .startsWith("HTTP/1.1 405 ")
        .containsIgnoringCase("Allow: GET, HEAD");
  }

  @Test
  @Tag("FT43")
  void everythingElseGoesToHttps() throws Exception {
    context.publicHttpsPort = 8443;
    solver.start(context);

    assertThat(send("GET /a%20b?c=d HTTP/1.1", "Host: example.com:80"))
        .startsWith("HTTP/1.1 301 ")
        .containsIgnoringCase("Location: https://example.com:8443/a%20b?c=d\r\n");
    assertThat(send("DELETE /a HTTP/1.1", "Host: example.com"))
        .startsWith("HTTP/1.1 308 ")
        .containsIgnoringCase("Location: https://example.com:8443/a\r\n");
    assertThat(send("GET //.well-known/acme-challenge/x HTTP/1.1", "Host: example.com"))
        .startsWith("HTTP/1.1 301 ");
  }

  @Test
  @Tag("C9")
  @Tag("FT43")
  void aHostileRequestIsRefusedWithoutEcho() throws Exception {
    solver.start(context);

    assertThat(send("GET / HTTP/1.1", "Host: evil.test/<script>"))
        .startsWith("HTTP/1.1 400 ")
        .doesNotContain("evil");
    assertThat(send("GET / HTTP/1.0")).startsWith("HTTP/1.1 400 ");
    assertThat(send("GET /<script> HTTP/1.1", "Host: example.com"))
        .startsWith("HTTP/1.1 400 ")
        .doesNotContain("script");
    assertThat(send("rubbish")).startsWith("HTTP/1.1 400 ").doesNotContain("rubbish");
  }

  @Test
  void aChallengeAskedForInAbsoluteFormIsAnswered() throws Exception {
    solver.start(context);
    solver.present(List.of(challenge("token-1")));

    assertThat(send("GET http://example.com" + PATH + "token-1 HTTP/1.1", "Host: other.example"))
        .startsWith("HTTP/1.1 200 ")
        .endsWith(keyAuthorization("token-1"));
    assertThat(send("GET http://example.com/x?y HTTP/1.1", "Host: other.example"))
        .startsWith("HTTP/1.1 301 ")
        .containsIgnoringCase("Location: https://example.com/x?y\r\n");
    assertThat(send("GET https://example.com/ HTTP/1.1", "Host: example.com"))
        .startsWith("HTTP/1.1 421 ");
  }

  @Test
  void whatIsNoRequestIsRefused() throws Exception {
    solver.start(context);

    assertThat(send("GET / HTTP/1.1", "Host: a.example", "Host: b.example"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(send("GET / HTTP/1.1", "Host: a.example", " continued: x"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(send("GET / HTTP/1.1", "Host : a.example")).startsWith("HTTP/1.1 400 ");
    assertThat(send("GET / HTTP/1.1", "Host: a.example", "X: a\u0000b"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(send("GET  / HTTP/1.1", "Host: a.example")).startsWith("HTTP/1.1 400 ");
    assertThat(send("GET /")).startsWith("HTTP/1.1 400 ");
    assertThat(send("GET / HTTP/3.3", "Host: a.example")).startsWith("HTTP/1.1 505 ");
    assertThat(send("PRI * HTTP/2.0", "", "SM")).startsWith("HTTP/1.1 505 ");
    assertThat(send("GET / HTTP/1.1", "X: " + "a".repeat(20_000))).startsWith("HTTP/1.1 431 ");
    assertThat(send("GET / HTTP/1.1", "Host: a.example", "X: a\r\n".repeat(126) + "X: a"))
        .startsWith("HTTP/1.1 431 ");
  }

  @Test
  void aRequestMayComeByteByByteAndWithABody() throws Exception {
    solver.start(context);
    try (Socket socket = connect()) {
      socket.setTcpNoDelay(true);
      String request = "POST /form HTTP/1.1\r\nHost: example.com\r\nContent-Length: 100000\r\n\r\n";
      for (byte one : request.getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(one);
      }
      socket.getOutputStream().write(new byte[100_000]);

      assertThat(socket.getInputStream().readAllBytes())
          .asString(StandardCharsets.US_ASCII)
          .startsWith("HTTP/1.1 308 ");
    }
  }

  @Test
  void theApplicationMayAnswerTheRestItself() throws Exception {
    solver =
        Http01Solver.listening(
            new InetSocketAddress(LOOPBACK, 0), request -> ownAnswer(request.path()));
    solver.start(context);
    solver.present(List.of(challenge("health")));

    assertThat(send("GET /health HTTP/1.1", "Host: 192.0.2.1"))
        .startsWith("HTTP/1.1 200 ")
        .endsWith("\r\n\r\nwell");
    assertThat(send("HEAD /health HTTP/1.1", "Host: 192.0.2.1")).endsWith("\r\n\r\n");
    assertThat(send("GET /bug HTTP/1.1", "Host: 192.0.2.1")).startsWith("HTTP/1.1 500 ");
    assertThat(send("GET /x HTTP/1.1", "Host: example.com")).startsWith("HTTP/1.1 301 ");
    assertThat(send("GET " + PATH + "health HTTP/1.1")).endsWith(keyAuthorization("health"));
  }

  private static Optional<HttpAnswer> ownAnswer(String path) {
    return switch (path) {
      case "/health" -> Optional.of(new HttpAnswer(200, "text/plain", Map.of(), "well"));
      case "/bug" -> throw new IllegalStateException("a bug of the application");
      default -> Optional.empty();
    };
  }

  @Test
  void visitorsAreSentToThePortThatIsPublished() throws Exception {
    context.publicHttpsPort = 443;
    solver.start(context);

    assertThat(send("GET / HTTP/1.1", "Host: example.com"))
        .containsIgnoringCase("Location: https://example.com/\r\n");
  }

  @Test
  void eachConnectionServesOneRequest() throws Exception {
    solver.start(context);

    assertThat(
            send(
                "GET / HTTP/1.1",
                "Host: example.com",
                "Connection: keep-alive",
                "",
                "GET / HTTP/1.1",
                "Host: example.com"))
        .containsOnlyOnce("HTTP/1.1")
        .containsIgnoringCase("Connection: close");
  }

  @Test
  @Tag("PD56")
  void aHundredChallengesAreAnsweredAtOnce() throws Exception {
    solver.start(context);
    ExecutorService clients = Executors.newFixedThreadPool(100);
    try {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String token = "token-" + i;
        solver.present(List.of(challenge(token)));
        answers.add(
            clients.submit(() -> send("GET " + PATH + token + " HTTP/1.1", "Host: example.com")));
      }
      for (int i = 0; i < 100; i++) {
        assertThat(answers.get(i).get())
            .startsWith("HTTP/1.1 200 ")
            .endsWith("\r\n\r\n" + keyAuthorization("token-" + i));
      }
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void aClientThatDribblesIsCutOffAndDoesNotStopOthers() throws Exception {
    solver.start(context);
    solver.present(List.of(challenge("token-1")));
    try (Socket slow = connect()) {
      slow.getOutputStream().write("GET / HTTP/1.1\r\nHo".getBytes(StandardCharsets.US_ASCII));
      context.time.awaitSchedule();

      assertThat(send("GET " + PATH + "token-1 HTTP/1.1", "Host: example.com"))
          .endsWith(keyAuthorization("token-1"));
      context.time.awaitSchedule();
      context.time.advance(Duration.ofSeconds(10));

      assertThat(slow.getInputStream().readAllBytes()).isEmpty();
      assertThat(send("GET " + PATH + "token-1 HTTP/1.1", "Host: example.com"))
          .endsWith(keyAuthorization("token-1"));
    }
  }

  @Test
  void aPortInUseIsToldAndTriedAgain() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      int port = other.getLocalPort();
      solver = Http01Solver.listening(new InetSocketAddress(LOOPBACK, port));
      solver.start(context);

      assertThat(((Readiness.NotReady) solver.readiness()).reason())
          .contains("port " + port)
          .contains("in use")
          .contains("autotls.http.port")
          .contains("30 seconds");
      assertThat(solver.address()).isEmpty();
      context.time.advance(Duration.ofSeconds(30));
      assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    }
    int before = context.readinessChanges.get();

    context.time.advance(Duration.ofSeconds(29));
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    context.time.advance(Duration.ofSeconds(1));

    assertThat(solver.readiness()).isEqualTo(Readiness.ready());
    assertThat(context.readinessChanges).hasValue(before + 1);
    assertThat(context.time.scheduled()).isZero();
    assertThat(send("GET / HTTP/1.1", "Host: example.com")).startsWith("HTTP/1.1 301 ");
  }

  @Test
  void beforeTheStartItIsNotReady() {
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
  }

  @Test
  void aServerOfTheApplicationCanAnswerInsteadOfThePort() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      solver = Http01Solver.listening(new InetSocketAddress(LOOPBACK, other.getLocalPort()));
      solver.start(context);

      solver.attach("the server that has the port").listening();

      assertThat(solver.readiness()).isEqualTo(Readiness.ready());
    }
  }

  @Test
  void closingFreesThePortAndEndsTheAttempts() throws Exception {
    solver.start(context);
    InetSocketAddress address = solver.address().orElseThrow();

    solver.close();
    solver.close();

    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    assertThatThrownBy(() -> new Socket(address.getAddress(), address.getPort()))
        .isInstanceOf(ConnectException.class);

    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      Http01Solver waiting =
          Http01Solver.listening(new InetSocketAddress(LOOPBACK, other.getLocalPort()));
      waiting.start(context);
      waiting.close();
    }
    assertThat(context.time.scheduled()).isZero();
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = solver.address().orElseThrow();
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(30_000);
    return socket;
  }

  private String send(String... lines) throws IOException {
    try (Socket socket = connect()) {
      String request = String.join("\r\n", lines) + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}

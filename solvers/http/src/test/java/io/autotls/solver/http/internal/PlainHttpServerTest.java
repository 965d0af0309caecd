package io.autotls.solver.http.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.ManualTime;
import io.autotls.solver.http.PlainRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class PlainHttpServerTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final ManualTime time = new ManualTime();

  @Test
  void anErrorInOneRequestEndsNoOther() throws Exception {
    try (PlainHttpServer server = open()) {
      assertThat(send(server, "/error")).startsWith("HTTP/1.1 500 ");
      assertThat(send(server, "/")).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void anErrorOnTheLoopDoesNotCloseThePort() throws Exception {
    try (PlainHttpServer server = open()) {
      server.later(
          () -> {
            throw new OutOfMemoryError("for a test");
          });
      assertThat(send(server, "/")).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void whoDoesNotReadItsAnswerMakesRoom() throws Exception {
    try (PlainHttpServer server = open();
        Socket lazy = connect(server)) {
      ask(lazy, "/large");
      assertThat(lazy.getInputStream().read()).isEqualTo('H'); // it is being written

      time.advance(Duration.ofSeconds(1));

      CompletableFuture<Boolean> ended = new CompletableFuture<>();
      server.later(() -> ended.complete(server.endOldest()));
      assertThat(ended.get()).isTrue();
    }
  }

  private PlainHttpServer open() throws IOException {
    return PlainHttpServer.open(
        new InetSocketAddress(LOOPBACK, 0), PlainHttpServerTest::answer, time);
  }

  private static CompletionStage<HttpAnswer> answer(PlainRequest request) {
    if (request.path().equals("/error")) {
      throw new NoClassDefFoundError("for a test");
    }
    String body = request.path().equals("/large") ? "x".repeat(32 << 20) : "";
    return CompletableFuture.completedFuture(new HttpAnswer(200, "text/plain", Map.of(), body));
  }

  private static String send(PlainHttpServer server, String path) {
    try (Socket socket = connect(server)) {
      ask(socket, path);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Socket connect(PlainHttpServer server) throws IOException {
    Socket socket = new Socket(LOOPBACK, server.address().getPort());
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static void ask(Socket socket, String path) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: a.example\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
  }
}

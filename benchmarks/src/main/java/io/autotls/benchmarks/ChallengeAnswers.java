package io.autotls.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers HTTP-01 challenges of all contenders, in the same way for each. */
final class ChallengeAnswers implements AutoCloseable {
  private static final String PATH = "/.well-known/acme-challenge/";

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(8);
  private final HttpServer server;

  ChallengeAnswers() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
    server.createContext(PATH, this::answer);
    server.setExecutor(threads);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  void put(String token, String keyAuthorization) {
    answers.put(token, keyAuthorization);
  }

  void remove(String token) {
    answers.remove(token);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String answer = answers.get(exchange.getRequestURI().getPath().substring(PATH.length()));
      byte[] body = (answer == null ? "" : answer).getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }
}

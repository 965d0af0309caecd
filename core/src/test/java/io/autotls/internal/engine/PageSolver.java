package io.autotls.internal.engine;

import io.autotls.spi.Challenge;
import io.autotls.spi.Visibility;
import io.autotls.testing.ReadySolver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Answers http-01 on a port of its own. */
final class PageSolver extends ReadySolver {
  private static final String PREFIX = "/.well-known/acme-challenge/";

  private final Map<String, String> pages = new ConcurrentHashMap<>();
  private final ServerSocket server;

  PageSolver() throws IOException {
    server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve, "pages");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return server.getLocalPort();
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket visitor = server.accept()) {
        answer(visitor);
      } catch (IOException e) {
        // The visitor has gone, or the test has ended.
      }
    }
  }

  private void answer(Socket visitor) throws IOException {
    BufferedReader request =
        new BufferedReader(
            new InputStreamReader(visitor.getInputStream(), StandardCharsets.US_ASCII));
    String path = String.valueOf(request.readLine()).split(" ")[1];
    for (String header = request.readLine(); !"".equals(header); header = request.readLine()) {
      if (header == null) {
        return;
      }
    }
    String page = pages.get(path.replace(PREFIX, ""));
    String status = page == null ? "404 Not Found" : "200 OK";
    String answer =
        "HTTP/1.1 " + status + "\r\nConnection: close\r\n\r\n" + (page == null ? "" : page);
    visitor.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public String type() {
    return "http-01";
  }

  @Override
  public boolean supports(String identifier, boolean wildcard) {
    return !wildcard;
  }

  @Override
  public Visibility present(List<Challenge> challenges) {
    challenges.forEach(
        challenge -> pages.put(challenge.token().orElseThrow(), challenge.keyAuthorization()));
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) {
    challenges.forEach(challenge -> challenge.token().ifPresent(pages::remove));
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package com.example.autotls;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers HTTP-01 challenges (RFC 8555 §8.3) of all nodes, on a port of its own. */
final class PlainHttpSolver implements ChallengeSolver {
  static final String TYPE = "http-01";

  private static final String PATH = "/.well-known/acme-challenge/";

  private final InetSocketAddress address;
  private final int backlog;
  private volatile @Nullable SolverContext context; // null until started
  private volatile @Nullable HttpServer server; // null until started, and after close
  private volatile String problem = "the solver was not started yet";

  PlainHttpSolver(InetSocketAddress address, int backlog) {
    this.address = address;
    this.backlog = backlog;
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public boolean supports(String identifier, boolean wildcard) {
    return !wildcard;
  }

  @Override
  public void start(SolverContext context) {
    this.context = context;
    try {
      HttpServer begun = HttpServer.create(address, backlog);
      begun.createContext("/", this::answer);
      begun.start();
      server = begun;
    } catch (IOException e) {
      problem = address + " cannot be opened: " + e.getMessage() + "; set autotls.http.port";
    }
  }

  @Override
  public Readiness readiness() {
    return server == null ? Readiness.notReady(problem) : Readiness.ready();
  }

  /** What AutoTls keeps for all nodes is what is answered: there is nothing to add. */
  @Override
  public Visibility present(List<Challenge> challenges) {
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) {}

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Optional<Challenge> challenge = challenge(exchange.getRequestURI().getPath());
      if (challenge.isEmpty()) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      byte[] body = challenge.get().keyAuthorization().getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private Optional<Challenge> challenge(String path) {
    SolverContext started = context;
    String token = path.startsWith(PATH) ? path.substring(PATH.length()) : "";
    return started == null || !Challenge.isToken(token)
        ? Optional.empty()
        : started.challenge(TYPE, token);
  }

  @Override
  public void close() {
    HttpServer begun = server;
    server = null;
    problem = "the solver was closed";
    if (begun != null) {
      begun.stop(0);
    }
  }
}

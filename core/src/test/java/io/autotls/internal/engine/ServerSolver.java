package io.autotls.internal.engine;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Answers http-01 through a server of the application, which starts and stops when told to. */
final class ServerSolver implements ChallengeSolver {
  private final Map<String, Challenge> presented = new ConcurrentHashMap<>();
  private volatile SolverContext context; // null before start
  private volatile boolean listening;

  void listens() {
    listening = true;
    context.readinessChanged();
  }

  void stops() {
    listening = false;
    if (context != null) {
      context.readinessChanged();
    }
  }

  boolean isListening() {
    return listening;
  }

  /** What a visitor finds under a token, be it of this node or of another one. */
  Optional<String> page(String token) {
    return Optional.ofNullable(presented.get(token))
        .or(() -> context.challenge(type(), token))
        .map(Challenge::keyAuthorization);
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
  public void start(SolverContext context) {
    this.context = context;
  }

  @Override
  public Readiness readiness() {
    return listening ? Readiness.ready() : Readiness.notReady("the server does not listen yet");
  }

  @Override
  public Visibility present(List<Challenge> challenges) throws IOException {
    if (!listening) {
      throw new IOException("there is no server");
    }
    challenges.forEach(challenge -> presented.put(challenge.token().orElseThrow(), challenge));
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) {
    challenges.forEach(challenge -> challenge.token().ifPresent(presented::remove));
  }

  @Override
  public void close() {
    presented.clear();
  }
}

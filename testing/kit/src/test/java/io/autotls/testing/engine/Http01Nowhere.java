package io.autotls.testing.engine;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;

/** Says that it answers HTTP-01, for a CA that believes everything. */
final class Http01Nowhere implements ChallengeSolver {
  @Override
  public String type() {
    return "http-01";
  }

  @Override
  public boolean supports(String identifier, boolean wildcard) {
    return !wildcard;
  }

  @Override
  public void start(SolverContext context) {}

  @Override
  public Readiness readiness() {
    return Readiness.ready();
  }

  @Override
  public void present(Challenge challenge) {}

  @Override
  public void cleanUp(Challenge challenge) {}

  @Override
  public void close() {}
}

package io.autotls.benchmarks;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;

/** Could answer anything, for an issuer that asks for nothing. */
final class ReadySolver implements ChallengeSolver {
  @Override
  public String type() {
    return "benchmark-01";
  }

  @Override
  public boolean supports(String identifier, boolean wildcard) {
    return true;
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

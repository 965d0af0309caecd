package io.autotls.testing.simulation;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;

/** Could answer anything; the simulated CA looks at nothing. */
final class NoSolver implements ChallengeSolver {
  @Override
  public String type() {
    return "simulated-01";
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

package io.autotls;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;

/** Claims to prove everything by one type of challenge. */
class IdleSolver implements ChallengeSolver {
  private final String type;

  IdleSolver(String type) {
    this.type = type;
  }

  @Override
  public String type() {
    return type;
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

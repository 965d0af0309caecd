package io.autotls;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import java.util.List;

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
  public Visibility present(List<Challenge> challenges) {
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) {}

  @Override
  public void close() {}
}

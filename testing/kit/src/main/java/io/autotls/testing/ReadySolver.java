package io.autotls.testing;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import java.io.IOException;
import java.util.List;

/**
 * A solver that is always ready and does nothing, for issuers in tests that ask for no proof:
 * AutoTls orders nothing as long as no solver could answer. What answers something in a test may
 * begin with it.
 */
public class ReadySolver implements ChallengeSolver {
  /** A solver; each {@code AutoTls} needs one of its own. */
  public ReadySolver() {}

  @Override
  public String type() {
    return "none-01";
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
  public Visibility present(List<Challenge> challenges) throws IOException {
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) throws IOException {}

  @Override
  public void close() {}
}

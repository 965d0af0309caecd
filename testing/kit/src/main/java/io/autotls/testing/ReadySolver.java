package io.autotls.testing;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import java.io.IOException;

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
  public void present(Challenge challenge) throws IOException {}

  @Override
  public void cleanUp(Challenge challenge) throws IOException {}

  @Override
  public void close() {}
}

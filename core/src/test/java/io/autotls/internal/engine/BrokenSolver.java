package io.autotls.internal.engine;

import io.autotls.spi.Challenge;
import io.autotls.spi.Visibility;
import io.autotls.testing.ReadySolver;
import java.io.IOException;
import java.util.List;

/** Believes that it can answer dns-01, and fails whenever it is to do so. */
final class BrokenSolver extends ReadySolver {
  /** What an answer ends with. */
  enum Fault {
    REFUSED,
    BUG
  }

  private final Fault fault;
  private int attempts;

  BrokenSolver(Fault fault) {
    this.fault = fault;
  }

  /** How often it was to answer. */
  int attempts() {
    return attempts;
  }

  @Override
  public String type() {
    return "dns-01";
  }

  @Override
  public Visibility present(List<Challenge> challenges) throws IOException {
    attempts++;
    if (fault == Fault.BUG) {
      throw new IllegalStateException("a bug of the provider");
    }
    throw new IOException("the provider refuses the token");
  }

  @Override
  public void cleanUp(List<Challenge> challenges) throws IOException {
    throw new IOException("the provider refuses the token");
  }
}

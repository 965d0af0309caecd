package io.autotls.spi;

import java.io.IOException;
import java.util.Objects;

/** A {@link ChallengeSolver} could not do what it was asked for; the cause is what it threw. */
public final class SolverFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String type;

  /**
   * Creates the exception.
   *
   * @param type the type of challenge that the solver answers
   * @param cause what it threw
   */
  public SolverFailedException(String type, Exception cause) {
    super("The solver for " + type + " failed: " + cause.getMessage(), cause);
    this.type = Objects.requireNonNull(type, "type");
  }

  /** The type of challenge that the solver answers. */
  public String type() {
    return type;
  }
}

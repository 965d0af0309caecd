package io.autotls.acme;

import java.io.IOException;

/**
 * A {@link Prover} cannot answer now, and nothing is wrong: the server that answers has not started
 * yet, or stops. The order is left as it is, and can be gone on with as soon as that has changed.
 */
public final class ProverNotReadyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * Creates the exception.
   *
   * @param reason what is missing, for people: {@code "port 80 is not open yet"}
   */
  public ProverNotReadyException(String reason) {
    super("The challenges cannot be answered yet: " + reason);
    this.reason = reason;
  }

  /** What is missing, for people. */
  public String reason() {
    return reason;
  }
}

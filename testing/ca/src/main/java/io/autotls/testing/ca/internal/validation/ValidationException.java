package io.autotls.testing.ca.internal.validation;

/** A challenge was not answered as it should be. */
public final class ValidationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String problem;

  /**
   * Creates the exception.
   *
   * @param problem the last part of the ACME error type: {@code connection}, {@code unauthorized} …
   */
  public ValidationException(String problem, String detail) {
    super(detail);
    this.problem = problem;
  }

  public String problem() {
    return problem;
  }
}

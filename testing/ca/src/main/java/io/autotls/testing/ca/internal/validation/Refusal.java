package io.autotls.testing.ca.internal.validation;

import io.autotls.testing.ca.internal.acme.Problem;
import io.autotls.testing.ca.internal.acme.ProblemException;
import java.io.IOException;

/** What the CA says about a failed check (RFC 8555 §6.7). */
final class Refusal {
  private Refusal() {}

  static ProblemException connection(String what, IOException cause) {
    String detail = what + ": " + cause.getMessage();
    return Problem.of(400, "connection", detail).asException();
  }

  static ProblemException dns(IOException cause) {
    return Problem.of(400, "dns", "DNS problem: " + cause.getMessage()).asException();
  }

  static ProblemException tls(String detail) {
    return Problem.of(400, "tls", detail).asException();
  }

  static ProblemException incorrect(String detail) {
    return Problem.of(403, "unauthorized", detail).asException();
  }
}

package io.autotls.internal.issuer;

import java.io.IOException;

/** A solver could not put its answer in place, and there is another way to prove the name. */
final class UnansweredException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String type;

  UnansweredException(String identifier, String type, Throwable cause) {
    super(
        "the answer to "
            + type
            + " for "
            + identifier
            + " could not be put in place: "
            + (cause.getMessage() == null ? cause.getClass().getName() : cause.getMessage()),
        cause);
    this.type = type;
  }

  /** The type of the challenge. */
  String type() {
    return type;
  }
}

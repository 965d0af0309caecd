package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The CA is out of order: a status of 5xx, or an answer that is not ACME, such as a page of HTML,
 * cut-off JSON or too many bytes. Nothing of such an answer is used. Try again later.
 */
public sealed class AcmeServerException extends AcmeException permits AcmeDirectoryException {
  private static final long serialVersionUID = 1L;

  private final int status;

  AcmeServerException(
      String message,
      URI url,
      int status,
      @Nullable AcmeProblem problem,
      @Nullable Duration retryAfter) {
    super(message, url, problem, retryAfter, null);
    this.status = status;
  }

  /** The HTTP status; may well be 200, if the answer made no sense. */
  public int status() {
    return status;
  }
}

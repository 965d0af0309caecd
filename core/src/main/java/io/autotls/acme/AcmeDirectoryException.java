package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What answered is not the directory of an ACME CA (RFC 8555 §7.1.1): the URL leads to a web page,
 * to nothing, or somewhere else. It may be wrong, or the CA is being repaired: look at the URL, and
 * try later.
 */
public final class AcmeDirectoryException extends AcmeServerException {
  private static final long serialVersionUID = 1L;

  private AcmeDirectoryException(
      String message,
      URI url,
      int status,
      @Nullable AcmeProblem problem,
      @Nullable Duration retryAfter) {
    super(message, url, status, problem, retryAfter);
  }

  /** What was asked for as a directory, and got this answer. */
  static AcmeDirectoryException of(URI directory, int status, AcmeException answer) {
    return new AcmeDirectoryException(
        directory + " is not the directory of an ACME CA: " + answer.getMessage(),
        directory,
        status,
        answer.problem().orElse(null),
        answer.retryAfter().orElse(null));
  }
}

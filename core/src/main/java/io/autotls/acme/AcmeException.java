package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that was asked of a CA did not happen. The subclasses tell how to react:
 *
 * <ul>
 *   <li>{@link AcmeNetworkException}: the CA was not reached, or its answer was not: try later; the
 *       request may have been executed
 *   <li>{@link AcmeServerException}: the CA is out of order: try later; as an {@link
 *       AcmeDirectoryException} the URL may be wrong
 *   <li>{@link AcmeRateLimitedException}: the CA wants to be left alone until some time
 *   <li>{@link AcmeProblemException}: the CA refused, and says why
 *   <li>{@link AcmeUnsupportedException}: the CA does not offer this at all
 *   <li>{@link AcmeChallengeException}: none of the challenges can be answered here
 *   <li>{@link AcmeOrderFailedException}: the CA has given up the order: make another one
 *   <li>{@link AcmeCertificateException}: the certificate is not the one that was asked for
 * </ul>
 *
 * <p>Messages name no keys, tokens or key authorizations. What a CA says is in them as one line
 * without control characters, and of bounded length.
 */
public abstract sealed class AcmeException extends Exception
    permits AcmeNetworkException,
        AcmeServerException,
        AcmeRateLimitedException,
        AcmeProblemException,
        AcmeUnseenAnswersException,
        AcmeUnsupportedException,
        AcmeChallengeException,
        AcmeOrderFailedException,
        AcmeCertificateException {
  private static final long serialVersionUID = 1L;

  private final @Nullable URI url; // null if no request was made
  private final transient @Nullable AcmeProblem problem;
  private final @Nullable Duration retryAfter;

  AcmeException(
      String message,
      @Nullable URI url,
      @Nullable AcmeProblem problem,
      @Nullable Duration retryAfter,
      @Nullable Throwable cause) {
    super(PlainText.message(message), cause);
    this.url = url == null ? null : Urls.withoutQuery(url);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** What was asked, without the query, which may hold a secret. Empty if nothing was sent. */
  public Optional<URI> url() {
    return Optional.ofNullable(url);
  }

  /** What the CA says about it. */
  public Optional<AcmeProblem> problem() {
    return Optional.ofNullable(problem);
  }

  /**
   * How long the CA wants to be left alone, counted from now; at least one second, at most eight
   * days. Empty if it did not say.
   */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}

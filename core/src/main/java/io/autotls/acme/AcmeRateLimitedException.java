package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The CA wants to be left alone: status 429, the problem {@code rateLimited}, or 503 with a time.
 * Ask for nothing of the kind before {@link #retryAfter()} has passed; asking more often makes it
 * worse.
 */
public final class AcmeRateLimitedException extends AcmeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final @Nullable URI documentation;
  private final @Nullable URI unpauseUrl;

  AcmeRateLimitedException(
      String message,
      URI url,
      int status,
      @Nullable AcmeProblem problem,
      @Nullable Duration retryAfter,
      @Nullable URI documentation,
      @Nullable URI unpauseUrl) {
    super(message, url, problem, retryAfter, null);
    this.status = status;
    this.documentation = documentation;
    this.unpauseUrl = unpauseUrl;
  }

  /**
   * The HTTP status: 503 is a busy front end, which counts requests; 429 counts what was asked for.
   */
  public int status() {
    return status;
  }

  /** A page that explains the limit ({@code Link: rel="help"}). */
  public Optional<URI> documentation() {
    return Optional.ofNullable(documentation);
  }

  /**
   * Present if this is not a limit that passes: the CA has paused issuance for these names, and a
   * person has to visit this page first. Never retried by itself. (Let's Encrypt does this after
   * about a thousand failures in a row.)
   */
  public Optional<URI> unpauseUrl() {
    return Optional.ofNullable(unpauseUrl);
  }
}

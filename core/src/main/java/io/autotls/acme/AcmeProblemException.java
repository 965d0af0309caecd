package io.autotls.acme;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The CA refused the request and said why. {@link #type()} decides what to do: most types will not
 * get better by asking the same again.
 */
public final class AcmeProblemException extends AcmeException {
  private static final long serialVersionUID = 1L;

  private final transient AcmeProblem refusal;
  private final int status;
  private final @Nullable URI termsOfService;
  private final @Nullable URI location;

  AcmeProblemException(
      String message,
      URI url,
      AcmeProblem problem,
      int status,
      @Nullable Duration retryAfter,
      @Nullable URI termsOfService,
      @Nullable URI location) {
    super(message, url, problem, retryAfter, null);
    this.refusal = problem;
    this.status = status;
    this.termsOfService = termsOfService;
    this.location = location;
  }

  /** What kind of problem it is; {@link ProblemType#UNKNOWN} leaves the {@link #status()}. */
  public ProblemType type() {
    return refusal.type();
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /**
   * The terms to be agreed to ({@code Link: rel="terms-of-service"}), above all with {@link
   * ProblemType#USER_ACTION_REQUIRED}. Only a person can agree.
   */
  public Optional<URI> termsOfService() {
    return Optional.ofNullable(termsOfService);
  }

  /** The account that has the key already, if a key change was refused for that reason. */
  public Optional<URI> location() {
    return Optional.ofNullable(location);
  }
}

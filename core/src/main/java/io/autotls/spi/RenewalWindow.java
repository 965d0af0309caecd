package io.autotls.spi;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When an issuer would like a certificate to be renewed (RFC 9773 §4.2). A window in the past means
 * now: the certificate is going to be revoked, or has been.
 */
public final class RenewalWindow {
  private final Instant start;
  private final Instant end;
  private final Duration askAgainAfter;
  private final @Nullable URI explanation;

  /**
   * Creates a window.
   *
   * @param askAgainAfter how long this may be relied on
   * @param explanation a page for people; null if there is none. Anything but http and https counts
   *     as none: it is shown where people click
   * @throws IllegalArgumentException if it ends before it starts
   */
  public RenewalWindow(
      Instant start, Instant end, Duration askAgainAfter, @Nullable URI explanation) {
    if (!start.isBefore(end)) {
      throw new IllegalArgumentException("window ends before it starts: " + start + ".." + end);
    }
    this.start = start;
    this.end = end;
    this.askAgainAfter = Objects.requireNonNull(askAgainAfter, "askAgainAfter");
    this.explanation = isPage(explanation) ? explanation : null;
  }

  private static boolean isPage(@Nullable URI url) {
    return url != null
        && ("https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme()));
  }

  /** The first instant at which the issuer wants the renewal. */
  public Instant start() {
    return start;
  }

  /** The first instant at which it is late. */
  public Instant end() {
    return end;
  }

  /** How long this may be relied on before the issuer is asked again. */
  public Duration askAgainAfter() {
    return askAgainAfter;
  }

  /** Why the issuer wants that, on a page for people. */
  public Optional<URI> explanation() {
    return Optional.ofNullable(explanation);
  }

  /** Whether {@code now} lies within. */
  public boolean isOpen(Instant now) {
    return !now.isBefore(start) && now.isBefore(end);
  }

  @Override
  public String toString() {
    return start + ".." + end;
  }
}

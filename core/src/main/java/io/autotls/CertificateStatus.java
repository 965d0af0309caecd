package io.autotls;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one certificate at one moment: what is served, what happens now, what happens
 * next and when, and what went wrong last. Immutable.
 */
public final class CertificateStatus {
  /** What visitors get. */
  public enum Serving {
    /** A certificate that is valid. */
    CERTIFICATE,
    /** A certificate that has expired, because there is no better one. */
    EXPIRED_CERTIFICATE,
    /** The self-signed placeholder: there has been no certificate yet. */
    PLACEHOLDER
  }

  private final CertificateSpec spec;
  private final Serving serving;
  private final String phase;
  private final Instant nextStep;
  private final @Nullable Instant notAfter;
  private final @Nullable Problem lastProblem;

  CertificateStatus(
      CertificateSpec spec,
      Serving serving,
      String phase,
      Instant nextStep,
      @Nullable Instant notAfter,
      @Nullable Problem lastProblem) {
    this.spec = Objects.requireNonNull(spec, "spec");
    this.serving = Objects.requireNonNull(serving, "serving");
    this.phase = Objects.requireNonNull(phase, "phase");
    this.nextStep = Objects.requireNonNull(nextStep, "nextStep");
    this.notAfter = notAfter;
    this.lastProblem = lastProblem;
  }

  /** What is wanted. */
  public CertificateSpec spec() {
    return spec;
  }

  /** What visitors get now. */
  public Serving serving() {
    return serving;
  }

  /** What happens now, in words: {@code "waits for renewal"}, {@code "validating"}. */
  public String phase() {
    return phase;
  }

  /** When the next step is due; in the past if it is under way. */
  public Instant nextStep() {
    return nextStep;
  }

  /** Until when the certificate in service is valid; empty while there is only a placeholder. */
  public Optional<Instant> notAfter() {
    return Optional.ofNullable(notAfter);
  }

  /** What went wrong since the certificate in service was obtained, if anything did. */
  public Optional<Problem> lastProblem() {
    return Optional.ofNullable(lastProblem);
  }

  /** All of it, for people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(spec.toString()).append(": serves ");
    switch (serving) {
      case CERTIFICATE -> text.append("a certificate valid until ").append(notAfter);
      case EXPIRED_CERTIFICATE -> text.append("a certificate that expired ").append(notAfter);
      case PLACEHOLDER -> text.append("a self-signed placeholder");
    }
    text.append("; ").append(phase).append(", next step ").append(nextStep);
    if (lastProblem != null) {
      text.append(". Last problem (").append(lastProblem.at()).append("): ").append(lastProblem);
    }
    return text.toString();
  }
}

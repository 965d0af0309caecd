package io.autotls;

import io.autotls.internal.engine.CertificateView;
import io.autotls.tls.Credential;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

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

  private final CertificateView view;
  private final Serving serving;

  CertificateStatus(CertificateView view, Instant now) {
    this.view = view;
    this.serving =
        view.credential()
            .map(
                c -> c.notAfter().isBefore(now) ? Serving.EXPIRED_CERTIFICATE : Serving.CERTIFICATE)
            .orElse(Serving.PLACEHOLDER);
  }

  /** What is wanted. */
  public CertificateSpec spec() {
    return view.spec();
  }

  /** What visitors get now. */
  public Serving serving() {
    return serving;
  }

  /**
   * The other certificate that visitors get, and that {@link #serving} and {@link #notAfter} are
   * about, while the one that is wanted cannot be had: that of an earlier configuration, or one
   * without the names that keep failing. Empty if it is the wanted one, or none.
   */
  public Optional<CertificateSpec> standIn() {
    return view.standIn();
  }

  /** What happens now, in words: {@code "waits for renewal"}, {@code "validating"}. */
  public String phase() {
    return view.phase();
  }

  /**
   * When the next step is due; in the past if it is under way, or waits for its turn. In the year
   * 9999 if nothing happens without a person.
   */
  public Instant nextStep() {
    return view.nextStep();
  }

  /** Until when the certificate in service is valid; empty while there is only a placeholder. */
  public Optional<Instant> notAfter() {
    return view.credential().map(Credential::notAfter);
  }

  /** What went wrong since the certificate in service was obtained, if anything did. */
  public Optional<Problem> lastProblem() {
    return view.lastProblem();
  }

  /** Why the next step is due when it is, for people; goes after "because". */
  public String reason() {
    return view.reason();
  }

  /** Who signed the certificate in service, as people call it; empty while there is none. */
  public Optional<String> issuer() {
    return view.issuer();
  }

  /** How many attempts have failed since the certificate in service was obtained. */
  public int failedAttempts() {
    return view.failedAttempts();
  }

  /** The first instant of the window in which the CA wants the renewal, if it said so. */
  public Optional<Instant> windowStart() {
    return view.windowStart();
  }

  /** The end of the window in which the CA wants the renewal, if it said so. */
  public Optional<Instant> windowEnd() {
    return view.windowEnd();
  }

  /** What the next step waits for although it is due, if anything: a solver, a CA that is down. */
  public Optional<String> waitsFor() {
    return view.waitsFor();
  }

  private String next() {
    boolean needsPerson = nextStep().atOffset(ZoneOffset.UTC).getYear() == 9999;
    return needsPerson ? "no next step by itself" : "next step " + seconds(nextStep());
  }

  /** All of it in a sentence, for people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(spec().toString()).append(": serves ");
    Instant end = notAfter().map(CertificateStatus::seconds).orElse(null);
    switch (serving) {
      case CERTIFICATE -> text.append("a certificate valid until ").append(end);
      case EXPIRED_CERTIFICATE -> text.append("a certificate that expired ").append(end);
      case PLACEHOLDER -> text.append("a self-signed placeholder");
    }
    standIn().ifPresent(other -> text.append(", that of ").append(other));
    text.append("; ").append(phase()).append(", ").append(next());
    waitsFor()
        .filter(what -> !phase().endsWith(what))
        .ifPresent(what -> text.append(", waits for ").append(what));
    lastProblem()
        .ifPresent(
            problem ->
                text.append(". Last problem (")
                    .append(seconds(problem.at()))
                    .append("): ")
                    .append(problem));
    return text.charAt(text.length() - 1) == '.' ? text.toString() : text.append('.').toString();
  }

  private static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }
}

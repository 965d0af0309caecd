package io.autotls;

import java.time.Instant;

/**
 * Something that happened to a certificate. Handed to the listeners of {@link
 * AutoTls.Builder#listener}.
 *
 * <p>More kinds may be added: a {@code switch} over them needs a {@code default}.
 */
public sealed interface AutoTlsEvent {
  /** When it happened. */
  Instant at();

  /** The certificate that it happened to. */
  CertificateSpec spec();

  /**
   * A stored certificate was found, at the start or because another node obtained it, and is served
   * now.
   *
   * @param notAfter until when it is valid; may have passed, then it is served because there is no
   *     better one
   */
  record Loaded(Instant at, CertificateSpec spec, Instant notAfter) implements AutoTlsEvent {}

  /**
   * A new certificate was obtained, stored, and is served now: the first one, or a renewal.
   *
   * @param issuer who signed it
   * @param notAfter until when it is valid
   */
  record Issued(Instant at, CertificateSpec spec, String issuer, Instant notAfter)
      implements AutoTlsEvent {}

  /**
   * Nothing can be ordered yet, because something outside is missing.
   *
   * @param reason what is missing, and what to do
   */
  record Blocked(Instant at, CertificateSpec spec, String reason) implements AutoTlsEvent {}

  /**
   * A step failed. The certificate in service stays there.
   *
   * @param problem what happened, what happens next, and what a person can do
   */
  record Failed(Instant at, CertificateSpec spec, Problem problem) implements AutoTlsEvent {}
}

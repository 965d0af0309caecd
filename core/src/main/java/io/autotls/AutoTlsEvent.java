package io.autotls;

import io.autotls.spi.RevocationReason;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a certificate. Handed to the listeners of {@link
 * AutoTls.Builder#listener}, in the order in which it happened.
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
   * A new certificate was obtained and stored that is not valid yet. The one before is served until
   * the new one begins; then it takes its place by itself, and {@link Loaded} is told.
   *
   * @param issuer who signed it
   * @param notBefore when it begins
   */
  record NotYetValid(Instant at, CertificateSpec spec, String issuer, Instant notBefore)
      implements AutoTlsEvent {}

  /**
   * The CA suggested when to renew (RFC 9773), for the first time or anew. A time that has passed
   * means that the certificate is revoked, or is going to be; it is renewed at once then.
   *
   * @param renewAt when the renewal begins
   * @param reason why then, for people
   * @param page where the CA explains it; null if nowhere
   */
  record RenewalScheduled(
      Instant at, CertificateSpec spec, Instant renewAt, String reason, @Nullable URI page)
      implements AutoTlsEvent {
    /** Where the CA explains its wish, if it does. */
    public Optional<URI> explanation() {
      return Optional.ofNullable(page);
    }
  }

  /**
   * Nothing can be ordered yet, because something outside is missing, such as a server that was not
   * started. Told when this has lasted for ten seconds; a healthy start is quicker.
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

  /**
   * Another issuer is asked, because the one before keeps failing or cannot be asked.
   *
   * @param from who was asked before
   * @param to who is asked now
   */
  record IssuerSwitched(Instant at, CertificateSpec spec, String from, String to)
      implements AutoTlsEvent {}

  /**
   * Several certificates in a row found an issuer unwell, or one did after another node had: from
   * now on they all wait, and one at a time finds out whether it is well again. A node that waits
   * only because of what another one heard from the issuer does not tell this.
   *
   * @param spec the one that found out last
   * @param issuer who is unwell
   * @param reason what it said, or what became of the connection
   */
  record IssuerDown(Instant at, CertificateSpec spec, String issuer, String reason)
      implements AutoTlsEvent {}

  /** An issuer that was down answers again, and whatever waited for it goes on. */
  record IssuerBack(Instant at, CertificateSpec spec, String issuer) implements AutoTlsEvent {}

  /**
   * The clock of this machine differs by more than five minutes from that of a CA. What was issued
   * is kept, but times that are told and planned are wrong until the clock is set. Told again when
   * the difference is another one; it is about all certificates, and {@link #spec} is the first.
   *
   * @param issuer the CA, as people call it
   * @param ahead how far the clock of this machine is ahead, negative if it is behind
   */
  record ClockDiffers(Instant at, CertificateSpec spec, String issuer, Duration ahead)
      implements AutoTlsEvent {}

  /** The clock of this machine is that of the CA again, after {@link ClockDiffers}. */
  record ClockAgrees(Instant at, CertificateSpec spec, String issuer) implements AutoTlsEvent {}

  /**
   * An entry in the storage was written by a node whose clock is ahead of this machine's by more
   * than a few minutes: one of the two is wrong, and should be set, for example by NTP. Nothing is
   * lost meanwhile; what an entry says of times is not believed further than it does no harm. Told
   * once, and again when the difference is another one; not if {@link ClockDiffers} has said it. Of
   * the event's certificate this says nothing; it is the one that was asked for first.
   *
   * @param ahead how far the clock was ahead that the entry was written by, at least
   * @param suspect which of the two is wrong, as far as the clocks of the CAs tell
   */
  record NodeClockDiffers(Instant at, CertificateSpec spec, Duration ahead, Suspect suspect)
      implements AutoTlsEvent {
    /** Whose clock is wrong. */
    public enum Suspect {
      /** No CA has said what time it is, or it differs from both. */
      ONE_OF_THEM,
      /** This machine's clock agrees with that of a CA. */
      OTHER_NODE
    }
  }

  /**
   * The certificate in service ends soon, or has ended, and there is no new one yet. Told with a
   * sixth, a twelfth and a 24th of its life left, and at its end: somebody should look.
   *
   * @param notAfter its end
   * @param reason why there is no new one
   */
  record Expiring(Instant at, CertificateSpec spec, Instant notAfter, String reason)
      implements AutoTlsEvent {}

  /**
   * Some names of a certificate have failed repeatedly: the others get a certificate without them,
   * until the whole one can be had. It is still tried, and takes that one's place by itself.
   *
   * @param leftOut the names that fail; to be mended, or not to be asked for any more
   * @param others what is obtained meanwhile
   */
  record NamesLeftOut(Instant at, CertificateSpec spec, Set<String> leftOut, CertificateSpec others)
      implements AutoTlsEvent {
    public NamesLeftOut {
      leftOut = Set.copyOf(leftOut);
    }
  }

  /**
   * A certificate is not wanted any more. It is renewed no longer, and served for a while.
   *
   * @param servedUntil when it leaves the keyring, unless it is wanted again
   */
  record Removed(Instant at, CertificateSpec spec, Instant servedUntil) implements AutoTlsEvent {}

  /**
   * A certificate was revoked, as {@link AutoTls#revoke} asked for; another one is served.
   *
   * @param issuer who revoked it
   * @param serialNumber of the certificate, in hexadecimal digits
   * @param reason why, as it was told to the issuer
   */
  record Revoked(
      Instant at, CertificateSpec spec, String issuer, String serialNumber, RevocationReason reason)
      implements AutoTlsEvent {}
}

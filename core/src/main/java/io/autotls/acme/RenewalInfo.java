package io.autotls.acme;

import java.math.BigInteger;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.jspecify.annotations.Nullable;

/**
 * When the CA would like a certificate to be renewed (RFC 9773). Choose one random moment within
 * the window, once; if it has passed, renew now. Ask again after {@link #retryAfter()}, for the
 * window moves when certificates have to be replaced early.
 */
public final class RenewalInfo {
  private static final Duration MIN_RETRY_AFTER = Duration.ofMinutes(1);

  private final Instant start;
  private final Instant end;
  private final @Nullable URI explanation;
  private final @Nullable Duration retryAfter;

  private RenewalInfo(JsonObject json, Duration lifetime, @Nullable Duration retryAfter)
      throws MalformedAnswerException {
    JsonObject window = json.object("suggestedWindow");
    Instant start = window == null ? null : window.instant("start");
    Instant end = window == null ? null : window.instant("end");
    if (start == null || end == null) {
      throw new MalformedAnswerException("\"suggestedWindow\" is missing or has no dates");
    }
    if (!start.isBefore(end)) {
      throw new MalformedAnswerException("the suggested window ends before it begins");
    }
    // A short one is fine: for a revoked certificate CAs name a moment that has passed.
    if (Duration.between(start, end).compareTo(lifetime) > 0) {
      throw new MalformedAnswerException(
          "the suggested window is longer than the life of the certificate");
    }
    this.start = start;
    this.end = end;
    this.explanation = json.page("explanationURL");
    this.retryAfter = retryAfter;
  }

  /** Reads an answer about {@code certificate}, and refuses windows that make no sense for it. */
  static RenewalInfo read(Reply reply, X509Certificate certificate) throws AcmeServerException {
    Duration lifetime =
        Duration.between(
            certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
    Duration wish = reply.retryAfter(RetryAfter.MAX_POLL);
    boolean tooSoon = wish != null && wish.compareTo(MIN_RETRY_AFTER) < 0;
    Duration retryAfter = tooSoon ? MIN_RETRY_AFTER : wish;
    return reply.read(json -> new RenewalInfo(json, lifetime, retryAfter));
  }

  /**
   * The name of a certificate in this protocol: its authority key identifier and its serial number
   * (RFC 9773 §4.1). Empty if the certificate has no authority key identifier.
   */
  public static Optional<String> certificateId(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    if (extension == null) {
      return Optional.empty();
    }
    byte[] keyIdentifier;
    try {
      byte[] value = ASN1OctetString.getInstance(extension).getOctets();
      keyIdentifier = AuthorityKeyIdentifier.getInstance(value).getKeyIdentifierOctets();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // an extension that is none
    }
    BigInteger serial = certificate.getSerialNumber();
    return Optional.ofNullable(keyIdentifier)
        .map(id -> Base64Url.encode(id) + "." + Base64Url.encode(serial.toByteArray()));
  }

  /** The beginning of the window. */
  public Instant start() {
    return start;
  }

  /** The end of the window, after the beginning. */
  public Instant end() {
    return end;
  }

  /** A page that explains why, if the CA gives one. For people. */
  public Optional<URI> explanation() {
    return Optional.ofNullable(explanation);
  }

  /** When to ask again, counted from now: from one minute to one day. Empty if it did not say. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** The window. */
  @Override
  public String toString() {
    return "RenewalInfo[" + start + ".." + end + "]";
  }
}

package io.autotls.internal.maintenance;

import io.autotls.internal.text.Document;
import io.autotls.internal.text.Unknown;
import io.autotls.internal.text.Vocabulary;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.RevocationReason;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * That a certificate is to be revoked once another one, with another key, has taken its place. It
 * is an entry of its own, {@code revocations/<spec id>/<serial number>}: whichever node lives then
 * does it, and whoever does it removes the entry.
 *
 * @param wantedAt when a node last said that it still wants a certificate of that spec; null if
 *     none did
 * @param unwantedFor how long nobody has said so since, as far as some process looked on: by
 *     monotonic clocks, and as it was last written
 * @param unknown what nodes of a newer version wrote besides
 */
record Revocation(
    String specId,
    String issuerId,
    X509Certificate certificate,
    RevocationReason reason,
    @Nullable Instant wantedAt,
    Duration unwantedFor,
    Unknown unknown) {
  static final KeyPrefix PREFIX = KeyPrefix.of("revocations/");

  private static final String TITLE = "AutoTls revocation";
  private static final String SECTION = "certificate";
  private static final String LABEL = "CERTIFICATE";
  private static final Vocabulary KNOWN =
      Vocabulary.of(
          Set.of("Spec", "Issuer", "Reason", "Wanted-At", "Unwanted-For"), Set.of(SECTION));

  Key key() {
    return PREFIX.key(specId, serial());
  }

  /** Those of one spec. */
  static KeyPrefix of(String specId) {
    return KeyPrefix.of(PREFIX.key(specId) + "/");
  }

  String serial() {
    return certificate.getSerialNumber().toString(16);
  }

  Revocation wantedAt(Instant now) {
    return new Revocation(specId, issuerId, certificate, reason, now, Duration.ZERO, unknown);
  }

  Revocation unwantedFor(Duration total) {
    return new Revocation(specId, issuerId, certificate, reason, wantedAt, total, unknown);
  }

  public byte[] encode() {
    try {
      return new Document.Writer(TITLE)
          .keeping(unknown)
          .header("Spec", specId)
          .header("Issuer", issuerId)
          .header("Reason", reason)
          .header("Wanted-At", wantedAt)
          .header("Unwanted-For", unwantedFor)
          .section(SECTION)
          .block(LABEL, certificate.getEncoded())
          .toBytes();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was decoded can be encoded", e);
    }
  }

  /** Reads an entry; empty if it makes no sense. */
  public static Optional<Revocation> decode(byte[] value) {
    Document document = Document.parse(value);
    List<byte[]> blocks = document.blocks(SECTION, LABEL);
    boolean ours =
        document.isComplete() && document.title().equals(TITLE) && document.format().isUnderstood();
    if (!ours || blocks.size() != 1) {
      return Optional.empty();
    }
    try {
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(blocks.get(0)));
      return Optional.of(
          new Revocation(
              document.header("Spec").orElse(""),
              document.header("Issuer").orElse(""),
              certificate,
              RevocationReason.valueOf(document.header("Reason").orElse("")),
              document.header("Wanted-At").map(Instant::parse).orElse(null),
              document.header("Unwanted-For").map(Duration::parse).orElse(Duration.ZERO),
              document.unknown(KNOWN)));
    } catch (CertificateException | IllegalArgumentException | DateTimeParseException e) {
      return Optional.empty();
    }
  }
}

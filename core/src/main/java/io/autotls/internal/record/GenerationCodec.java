package io.autotls.internal.record;

import io.autotls.internal.text.Document;
import io.autotls.internal.text.Keys;
import io.autotls.internal.text.Sha256;
import io.autotls.spi.Issuer;
import io.autotls.tls.Credential;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Generations in the text of a record: headers for people, and PEM for {@code openssl}. */
final class GenerationCodec {
  private static final String CERTIFICATE = "CERTIFICATE";

  /** The headers of a generation, each after the name of that generation. */
  static Stream<String> headers(String which) {
    return Stream.of("Issuer", "Trust", "Obtained", "Valid-Until", "Serial", "Digest")
        .map(header -> which + "-" + header);
  }

  private final CertificateInterner interner = new CertificateInterner();

  static void writeHeaders(Document.Writer writer, String which, @Nullable Generation generation) {
    if (generation != null) {
      Credential credential = generation.credential();
      writer.header(which + "-Issuer", generation.issuerId());
      writer.header(which + "-Trust", generation.trust());
      writer.header(which + "-Obtained", generation.obtainedAt());
      writer.header(which + "-Valid-Until", credential.notAfter());
      writer.header(which + "-Serial", credential.leaf().getSerialNumber().toString(16));
      writer.header(
          which + "-Digest", digest(credential.privateKey().getEncoded(), ders(credential)));
    }
  }

  static void writeSection(
      Document.Writer writer, String section, @Nullable Generation generation) {
    if (generation == null) {
      return;
    }
    writer.section(section);
    writer.block(Keys.PRIVATE_KEY, generation.credential().privateKey().getEncoded());
    ders(generation.credential()).forEach(der -> writer.block(CERTIFICATE, der));
  }

  private static List<byte[]> ders(Credential credential) {
    return credential.chain().stream().map(GenerationCodec::encoded).toList();
  }

  private static String digest(byte[] key, List<byte[]> certificates) {
    return Sha256.hex(Stream.concat(Stream.of(key), certificates.stream()).toArray(byte[][]::new));
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was parsed cannot be encoded", e);
    }
  }

  @Nullable Generation read(
      Document document, String section, String headers, @Nullable Generation before) {
    List<byte[]> keys = document.blocks(section, Keys.PRIVATE_KEY);
    List<byte[]> certificates = document.blocks(section, CERTIFICATE);
    if (keys.size() != 1 || certificates.isEmpty()) {
      return null;
    }
    try {
      List<X509Certificate> chain = interner.chain(certificates);
      PrivateKey key = Keys.privateKey(keys.get(0), chain.get(0).getPublicKey());
      boolean verified =
          document
              .header(headers + "-Digest")
              .filter(digest -> digest.equals(digest(keys.get(0), certificates)))
              .isPresent();
      return new Generation(
          verified ? Credential.ofVerified(key, chain) : Credential.of(key, chain),
          document.header(headers + "-Issuer").orElse("unknown").intern(),
          document.constant(Issuer.Trust.class, headers + "-Trust", Issuer.Trust.TEST),
          document.instant(headers + "-Obtained").orElse(chain.get(0).getNotBefore().toInstant()),
          before == null ? null : before.issuerId());
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return null; // no usable credential; the caller says so
    }
  }
}

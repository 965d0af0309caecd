package io.autotls.acme;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code application/pem-certificate-chain} (RFC 8555 §9.1). It may hold certificates and
 * nothing else: a CA that sent, say, a private key could otherwise plant it in files that servers
 * read (§11.4).
 */
final class PemChain {
  static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  static final String END = "-----END CERTIFICATE-----";

  private static final int MAX_CERTIFICATES = 20;

  /**
   * Of all of them. A hundred names and keys of any kind that CAs use fit well; Java clients refuse
   * a handshake with more than half of it, and two chains have room in one stored record.
   */
  private static final int MAX_BYTES = 64 * 1024;

  private PemChain() {}

  static List<X509Certificate> parse(byte[] pem) throws MalformedAnswerException {
    List<X509Certificate> certificates = new ArrayList<>();
    int bytes = 0;
    StringBuilder block = null; // null between blocks
    for (String line : new String(pem, StandardCharsets.UTF_8).split("\r\n|\n|\r")) {
      String text = line.stripTrailing();
      if (block == null) {
        block = begin(text);
      } else if (text.equals(END)) {
        X509Certificate certificate = certificate(block.toString());
        certificates.add(certificate);
        bytes += size(certificate);
        block = null;
      } else {
        block.append(text);
      }
      if (certificates.size() > MAX_CERTIFICATES) {
        throw new MalformedAnswerException(
            "it has more than " + MAX_CERTIFICATES + " certificates");
      }
      if (bytes > MAX_BYTES) {
        throw new MalformedAnswerException(
            "its certificates have more than " + MAX_BYTES / 1024 + " KiB, which clients refuse");
      }
    }
    if (block != null) {
      throw new MalformedAnswerException("its last certificate is cut off");
    }
    if (certificates.isEmpty()) {
      throw new MalformedAnswerException("it has no certificate");
    }
    return certificates;
  }

  private static @Nullable StringBuilder begin(String line) throws MalformedAnswerException {
    if (line.isEmpty()) {
      return null;
    }
    if (!line.equals(BEGIN)) {
      throw new MalformedAnswerException("it has something else than certificates");
    }
    return new StringBuilder();
  }

  private static int size(X509Certificate certificate) throws MalformedAnswerException {
    try {
      return certificate.getEncoded().length;
    } catch (CertificateException e) {
      throw new MalformedAnswerException("it has a certificate that cannot be parsed");
    }
  }

  private static X509Certificate certificate(String base64) throws MalformedAnswerException {
    try {
      byte[] der = Base64.getDecoder().decode(base64);
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
      if (!Arrays.equals(certificate.getEncoded(), der)) {
        throw new MalformedAnswerException("it has bytes after a certificate");
      }
      return certificate;
    } catch (CertificateException | IllegalArgumentException e) {
      throw new MalformedAnswerException("it has a certificate that cannot be parsed");
    }
  }
}

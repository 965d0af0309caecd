package io.autotls.acme;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A certificate with those that certify it, as the CA sent it (RFC 8555 §9.1). Immutable. */
public final class CertificateChain {
  private static final int MAX_CERTIFICATES = 10;
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*?)-----END ([A-Z0-9 ]+)-----");

  private final List<X509Certificate> certificates;

  private CertificateChain(List<X509Certificate> certificates) {
    this.certificates = List.copyOf(certificates);
  }

  /** Certificates and nothing else: a private key in there would be an attack (§11.4). */
  static CertificateChain parse(byte[] pem) throws MalformedAnswerException {
    String text = new String(pem, StandardCharsets.US_ASCII);
    Matcher block = BLOCK.matcher(text);
    List<X509Certificate> found = new ArrayList<>();
    int end = 0;
    while (block.find()) {
      if (!text.substring(end, block.start()).isBlank()
          || !block.group(1).equals("CERTIFICATE")
          || !block.group(3).equals("CERTIFICATE")) {
        throw new MalformedAnswerException("there is something else than certificates in the chain");
      }
      if (found.size() == MAX_CERTIFICATES) {
        throw new MalformedAnswerException("the chain has more than 10 certificates");
      }
      found.add(certificate(block.group(2)));
      end = block.end();
    }
    if (found.isEmpty() || !text.substring(end).isBlank()) {
      throw new MalformedAnswerException("the chain is not made of certificates in PEM");
    }
    return new CertificateChain(found);
  }

  private static X509Certificate certificate(String base64) throws MalformedAnswerException {
    try {
      byte[] der = Base64.getMimeDecoder().decode(base64);
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (IllegalArgumentException | CertificateException e) {
      throw new MalformedAnswerException("a certificate of the chain cannot be read");
    }
  }

  /** The certificate, then each one that certifies the one before. */
  public List<X509Certificate> certificates() {
    return certificates;
  }

  /**
   * Checks that this is what was asked for: the key, the names (more are fine), not expired, each
   * certificate signed by the next one.
   *
   * @throws AcmeCertificateException if it is not; do not use it then
   */
  public void verify(PublicKey key, Collection<Identifier> identifiers, Instant now)
      throws AcmeCertificateException {
    X509Certificate leaf = certificates.get(0);
    if (!leaf.getPublicKey().equals(key)) {
      throw new AcmeCertificateException(
          AcmeCertificateException.Fault.WRONG_KEY, "the CA sent a certificate for another key");
    }
    if (now.isAfter(leaf.getNotAfter().toInstant())) {
      throw new AcmeCertificateException(
          AcmeCertificateException.Fault.EXPIRED,
          "the CA sent a certificate that expired " + leaf.getNotAfter().toInstant());
    }
    Set<String> names = names(leaf);
    for (Identifier identifier : identifiers) {
      if (!names.contains(identifier.value())) {
        throw new AcmeCertificateException(
            AcmeCertificateException.Fault.MISSING_NAME,
            "the CA sent a certificate without " + identifier.value());
      }
    }
    verifyLinks();
  }

  private void verifyLinks() throws AcmeCertificateException {
    for (int i = 0; i + 1 < certificates.size(); i++) {
      try {
        certificates.get(i).verify(certificates.get(i + 1).getPublicKey());
      } catch (GeneralSecurityException e) {
        throw new AcmeCertificateException(
            AcmeCertificateException.Fault.BROKEN_CHAIN,
            "the CA sent a chain in which certificate "
                + (i + 1)
                + " is not signed by the next one");
      }
    }
  }

  private static Set<String> names(X509Certificate leaf) {
    Set<String> names = new HashSet<>();
    try {
      Collection<List<?>> entries = leaf.getSubjectAlternativeNames();
      if (entries != null) {
        for (List<?> entry : entries) {
          int type = (Integer) entry.get(0);
          if (type == SAN_DNS) {
            names.add(entry.get(1).toString().toLowerCase(Locale.ROOT));
          } else if (type == SAN_IP) {
            names.add(Identifier.ip(entry.get(1).toString()).value());
          }
        }
      }
    } catch (CertificateParsingException | IllegalArgumentException e) {
      // Names that cannot be read cover nothing.
    }
    return names;
  }
}

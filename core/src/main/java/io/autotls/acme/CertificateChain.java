package io.autotls.acme;

import io.autotls.internal.text.PlainText;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.jspecify.annotations.Nullable;

/**
 * A certificate and those that certify it, as the CA sent them (RFC 8555 §7.4.2, §9.1): the
 * certificate of the server first, then each one that signed the one before. The root may be there
 * or not, and the length is up to the CA. {@link #verify} before use.
 */
public final class CertificateChain {
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;
  private static final int MAX_PRINCIPAL = 500;

  private final @Nullable URI url; // null if it was not downloaded
  private final List<X509Certificate> certificates;
  private final List<URI> alternates;

  CertificateChain(
      @Nullable URI url, List<X509Certificate> certificates, Collection<URI> alternates) {
    this.url = url;
    this.certificates = List.copyOf(certificates);
    this.alternates = List.copyOf(alternates);
  }

  static CertificateChain read(URI url, Reply reply) throws AcmeServerException {
    List<X509Certificate> certificates;
    try {
      certificates = PemChain.parse(reply.body());
    } catch (MalformedAnswerException e) {
      throw reply.malformed(e.getMessage());
    }
    List<URI> alternates = reply.links("alternate").stream().filter(Urls::isHttps).toList();
    return new CertificateChain(url, certificates, alternates);
  }

  /**
   * Reads blocks of {@code CERTIFICATE}, and nothing but those.
   *
   * @throws IllegalArgumentException if there is anything else, above all a private key
   */
  public static CertificateChain ofPem(String pem) {
    try {
      return new CertificateChain(
          null, PemChain.parse(pem.getBytes(StandardCharsets.UTF_8)), List.of());
    } catch (MalformedAnswerException e) {
      throw new IllegalArgumentException("not a certificate chain: " + e.getMessage());
    }
  }

  /** Where it was downloaded. */
  public Optional<URI> url() {
    return Optional.ofNullable(url);
  }

  /** All certificates, the server's own first. */
  public List<X509Certificate> certificates() {
    return certificates;
  }

  /** The server's own certificate. */
  public X509Certificate leaf() {
    return certificates.get(0);
  }

  /**
   * Other chains for the same certificate, to be had from {@link AcmeAccount#certificate(URI)}. The
   * default is nearly always right; choose by {@link #topIssuer()}, never by position.
   */
  public List<URI> alternates() {
    return alternates;
  }

  /** The name of who issued the last certificate, in the form of RFC 2253, as one plain line. */
  public String topIssuer() {
    return nameOf(certificates.get(certificates.size() - 1).getIssuerX500Principal());
  }

  /** RFC 2253 escapes what means something in it, and no control characters. */
  private static String nameOf(X500Principal principal) {
    return PlainText.line(principal.getName(), MAX_PRINCIPAL);
  }

  /**
   * Whether one of the certificates was issued by somebody with this common name. The root's name
   * is that of who issued the last one, whether the root itself is in the chain or not.
   */
  public boolean hasIssuer(String commonName) {
    return certificates.stream()
        .map(certificate -> certificate.getIssuerX500Principal())
        .anyMatch(issuer -> commonNames(issuer).contains(commonName));
  }

  private static List<String> commonNames(X500Principal name) {
    return Stream.of(X500Name.getInstance(name.getEncoded()).getRDNs(BCStyle.CN))
        .map(rdn -> IETFUtils.valueToString(rdn.getFirst().getValue()))
        .toList();
  }

  /** The chain as servers send it: without a self-signed root, which every visitor has or not. */
  public CertificateChain withoutRoot() {
    X509Certificate last = certificates.get(certificates.size() - 1);
    boolean root = last.getSubjectX500Principal().equals(last.getIssuerX500Principal());
    return root && certificates.size() > 1
        ? new CertificateChain(url, certificates.subList(0, certificates.size() - 1), alternates)
        : this;
  }

  /** All certificates as PEM. */
  public String toPem() {
    Base64.Encoder encoder = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    StringBuilder pem = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      pem.append(PemChain.BEGIN).append('\n');
      pem.append(encoder.encodeToString(encoded(certificate))).append('\n');
      pem.append(PemChain.END).append('\n');
    }
    return pem.toString();
  }

  /**
   * Checks that this is what was ordered: for this key, with at least these names, not expired, and
   * each certificate signed by the next. More names are fine (some CAs add {@code www}), and so is
   * a beginning in the future: clocks differ.
   *
   * @throws AcmeCertificateException if not; the message says what is wrong
   */
  public void verify(PublicKey key, Collection<Identifier> identifiers, Instant now)
      throws AcmeCertificateException {
    if (!Arrays.equals(leaf().getPublicKey().getEncoded(), key.getEncoded())) {
      throw unusable(AcmeCertificateException.Fault.WRONG_KEY, "it is for another key");
    }
    Set<Identifier> missing = new HashSet<>(identifiers);
    missing.removeAll(names());
    if (!missing.isEmpty()) {
      List<String> values = missing.stream().map(Identifier::value).sorted().toList();
      throw unusable(
          AcmeCertificateException.Fault.MISSING_NAME, "it lacks " + String.join(", ", values));
    }
    if (!leaf().getNotAfter().toInstant().isAfter(now)) {
      throw unusable(
          AcmeCertificateException.Fault.EXPIRED,
          "it has expired at " + leaf().getNotAfter().toInstant());
    }
    verifySignatures();
  }

  private void verifySignatures() throws AcmeCertificateException {
    for (int i = 0; i + 1 < certificates.size(); i++) {
      X509Certificate subject = certificates.get(i);
      X509Certificate issuer = certificates.get(i + 1);
      try {
        if (!subject.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
            || issuer.getBasicConstraints() < 0) {
          throw brokenAt(i);
        }
        subject.verify(issuer.getPublicKey());
      } catch (GeneralSecurityException e) {
        throw brokenAt(i);
      }
    }
  }

  private AcmeCertificateException brokenAt(int index) {
    return unusable(
        AcmeCertificateException.Fault.BROKEN_CHAIN,
        "certificate " + (index + 1) + " of its chain is not signed by the next one");
  }

  private AcmeCertificateException unusable(AcmeCertificateException.Fault fault, String why) {
    return new AcmeCertificateException(
        fault,
        "The certificate with serial number "
            + leaf().getSerialNumber().toString(16)
            + " from \""
            + nameOf(leaf().getIssuerX500Principal())
            + "\" cannot be used: "
            + why
            + ".");
  }

  private Set<Identifier> names() {
    Set<Identifier> names = new HashSet<>();
    try {
      Collection<List<?>> entries = leaf().getSubjectAlternativeNames();
      for (List<?> entry : entries == null ? List.<List<?>>of() : entries) {
        int kind = (Integer) entry.get(0);
        if (kind == SAN_DNS) {
          names.add(Identifier.dns((String) entry.get(1)));
        } else if (kind == SAN_IP) {
          names.add(Identifier.ip((String) entry.get(1)));
        }
      }
    } catch (CertificateParsingException | IllegalArgumentException e) {
      // A name that is none is none of those that were ordered.
    }
    return names;
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a parsed certificate cannot be encoded", e);
    }
  }

  /** Length and serial number. */
  @Override
  public String toString() {
    List<String> subjects = new ArrayList<>();
    certificates.forEach(c -> subjects.add(c.getSerialNumber().toString(16)));
    return "CertificateChain" + subjects;
  }
}

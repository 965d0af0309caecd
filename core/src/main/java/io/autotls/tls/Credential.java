package io.autotls.tls;

import io.autotls.internal.text.PlainText;
import io.autotls.internal.text.Sha256;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One private key with the chain of certificates that belongs to it: one immutable generation. A
 * renewal makes a new credential; it never changes an old one, so that a handshake which began with
 * one generation ends with the same.
 *
 * <p>Two credentials are equal if their {@link #alias()} is. Safe for use by many threads.
 */
public final class Credential {
  private static final int MAX_CHAIN = 16;
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;
  private static final int MAX_SUBJECT = 500;

  private final String alias;
  private final PrivateKey privateKey;
  private final X509Certificate[] chain;
  private final Set<String> names;
  private final String keyAlgorithm;
  private final Instant notBefore;
  private final Instant notAfter;

  private Credential(PrivateKey privateKey, List<X509Certificate> chain) {
    this.privateKey = privateKey;
    this.chain = chain.toArray(new X509Certificate[0]);
    this.alias = fingerprint(chain);
    this.names = subjectAlternativeNames(leaf());
    this.keyAlgorithm = family(leaf().getPublicKey().getAlgorithm());
    this.notBefore = leaf().getNotBefore().toInstant();
    this.notAfter = leaf().getNotAfter().toInstant();
  }

  /**
   * Joins a key and its chain, after checking that they belong together: the key signs what the
   * first certificate verifies, and each certificate is issued and signed by the next one.
   *
   * <p>Whether the chain leads to a root that anybody trusts, and whether it is valid now, is not
   * checked: an expired certificate is better than none.
   *
   * @param chain the leaf, then each certificate that certifies the one before; with or without the
   *     root
   * @throws IllegalArgumentException if they do not belong together; the message says which part
   */
  public static Credential of(PrivateKey privateKey, List<X509Certificate> chain) {
    Credential credential = ofVerified(privateKey, chain);
    requireKeyOf(credential.leaf(), privateKey);
    for (int i = 0; i + 1 < credential.chain.length; i++) {
      requireIssued(credential.chain[i], credential.chain[i + 1]);
    }
    return credential;
  }

  /**
   * Joins a key and its chain that passed {@link #of} before and were kept together since, as in a
   * record of the storage. This saves the signatures, a millisecond or more for each certificate,
   * which adds up at the start of a server with many thousands of names. Anything else belongs into
   * {@link #of}: where key and chain do not fit, every handshake would fail.
   *
   * @throws IllegalArgumentException if the chain is empty or endless, or unreadable
   */
  public static Credential ofVerified(PrivateKey privateKey, List<X509Certificate> chain) {
    List<X509Certificate> copy = List.copyOf(chain);
    if (copy.isEmpty() || copy.size() > MAX_CHAIN) {
      throw new IllegalArgumentException(
          "a chain has 1 to " + MAX_CHAIN + " certificates, this one has " + copy.size());
    }
    return new Credential(privateKey, copy);
  }

  /**
   * Makes the placeholder that is served while there is nothing better: a P-256 key with a
   * certificate that signs itself and that no browser trusts. It is valid from a day ago, for those
   * whose clock is late, until a year from now.
   *
   * @param names what to put into the certificate: DNS names, wildcards, IP addresses; may be empty
   * @param clock tells when now is
   * @param random where the key comes from
   */
  public static Credential selfSigned(
      Collection<String> names, InstantSource clock, SecureRandom random) {
    return SelfSigned.placeholder(names, clock.instant(), random);
  }

  /**
   * Names this generation: a fingerprint of the whole chain, in hexadecimal digits. The same
   * certificates have the same alias on every node and after every restart.
   */
  public String alias() {
    return alias;
  }

  /** The private key. It may live in a hardware module and have no encoded form. */
  public PrivateKey privateKey() {
    return privateKey;
  }

  /** The certificates, leaf first. */
  public List<X509Certificate> chain() {
    return List.of(chain);
  }

  /** The certificate of the private key. */
  public X509Certificate leaf() {
    return chain[0];
  }

  /**
   * The DNS names and IP addresses in the certificate's subject alternative name, in lower case and
   * in their order; wildcards as {@code *.example.com}, IPv6 as in RFC 5952.
   */
  public Set<String> names() {
    return names;
  }

  /** The first moment at which the certificate is valid. */
  public Instant notBefore() {
    return notBefore;
  }

  /** The last moment at which the certificate is valid. */
  public Instant notAfter() {
    return notAfter;
  }

  /** How long the certificate is valid altogether. */
  public Duration lifetime() {
    return Duration.between(notBefore, notAfter);
  }

  /** Whether the certificate is neither too young nor expired at {@code time}. */
  public boolean isValidAt(Instant time) {
    return !time.isBefore(notBefore) && !time.isAfter(notAfter);
  }

  /** The family of the key: {@code EC}, {@code RSA}, {@code RSASSA-PSS} or {@code EdDSA}. */
  public String keyAlgorithm() {
    return keyAlgorithm;
  }

  /** The chain as JSSE wants it: a copy, since arrays can be changed. */
  X509Certificate[] chainArray() {
    return chain.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Credential credential && credential.alias.equals(alias);
  }

  @Override
  public int hashCode() {
    return alias.hashCode();
  }

  /** Names, key algorithm, validity and the beginning of the alias; never the key. */
  @Override
  public String toString() {
    String first = names.isEmpty() ? "(no name)" : names.iterator().next();
    String more = names.size() > 1 ? " and " + (names.size() - 1) + " more" : "";
    return "Credential["
        + (first + more + ", " + keyAlgorithm)
        + (", " + notBefore + " to " + notAfter)
        + (", " + alias.substring(0, 12) + "]");
  }

  /** One word for all names of a key algorithm: providers do not agree on them. */
  static String family(String algorithm) {
    return switch (algorithm) {
      case "ECDSA" -> "EC";
      case "Ed25519", "Ed448" -> "EdDSA";
      default -> algorithm;
    };
  }

  private static void requireKeyOf(X509Certificate leaf, PrivateKey privateKey) {
    PublicKey publicKey = leaf.getPublicKey();
    boolean belongs;
    if (privateKey instanceof RSAKey own && publicKey instanceof RSAKey certified) {
      // The modulus identifies an RSA key pair; a signature would cost a millisecond or more.
      belongs = own.getModulus().equals(certified.getModulus());
    } else {
      belongs = signsFor(publicKey, privateKey);
    }
    if (!belongs) {
      throw new IllegalArgumentException(
          "the private key does not belong to the certificate of " + subject(leaf));
    }
  }

  private static boolean signsFor(PublicKey publicKey, PrivateKey privateKey) {
    byte[] probe = {'A', 'u', 't', 'o', 'T', 'l', 's'};
    try {
      Signature signature =
          Signature.getInstance(signatureAlgorithm(family(publicKey.getAlgorithm())));
      signature.initSign(privateKey);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // a key of another algorithm or curve cannot even begin
    }
  }

  private static String signatureAlgorithm(String family) {
    return switch (family) {
      case "RSA" -> "SHA256withRSA";
      case "EdDSA" -> "EdDSA";
      default -> "SHA256withECDSA";
    };
  }

  private static void requireIssued(X509Certificate certificate, X509Certificate issuer) {
    try {
      if (certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
        certificate.verify(issuer.getPublicKey());
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(notIssued(certificate, issuer), e);
    }
    throw new IllegalArgumentException(notIssued(certificate, issuer));
  }

  private static String notIssued(X509Certificate certificate, X509Certificate issuer) {
    return "broken chain: the certificate of "
        + subject(certificate)
        + " is not signed by "
        + subject(issuer);
  }

  /** Who issued it wrote this, and may have written anything. */
  private static String subject(X509Certificate certificate) {
    return PlainText.line(certificate.getSubjectX500Principal().toString(), MAX_SUBJECT);
  }

  private static String fingerprint(List<X509Certificate> chain) {
    try {
      byte[][] encoded = new byte[chain.size()][];
      for (int i = 0; i < encoded.length; i++) {
        encoded[i] = chain.get(i).getEncoded();
      }
      return Sha256.hex(encoded);
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate of the chain has no encoded form", e);
    }
  }

  private static Set<String> subjectAlternativeNames(X509Certificate leaf) {
    Set<String> names = new LinkedHashSet<>();
    try {
      Collection<List<?>> entries = leaf.getSubjectAlternativeNames();
      for (List<?> entry : entries == null ? List.<List<?>>of() : entries) {
        if (entry.get(0).equals(SAN_DNS)) {
          names.add(entry.get(1).toString().toLowerCase(Locale.ROOT));
        } else if (entry.get(0).equals(SAN_IP)) {
          String address = entry.get(1).toString();
          names.add(IpAddress.parse(address).map(IpAddress::toString).orElse(address));
        }
      }
    } catch (CertificateParsingException e) {
      throw new IllegalArgumentException(
          "unreadable subject alternative name of " + subject(leaf), e);
    }
    return Collections.unmodifiableSet(names);
  }
}

package io.autotls.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One private key with its chain: one immutable generation.
 *
 * <p>JSSE asks a key manager for an alias, a key and a chain in separate calls. The {@link #alias} names
 * this generation and no other, so that a renewal between two of these calls can never pair the key of one
 * with the chain of another.
 */
public final class Credential {
  private static final byte[] PROBE = {'A', 'u', 't', 'o', 'T', 'l', 's'};
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;

  private final String alias;
  private final PrivateKey privateKey;
  private final List<X509Certificate> chain;
  private final Set<String> names;

  private Credential(PrivateKey privateKey, List<X509Certificate> chain) {
    this.privateKey = privateKey;
    this.chain = chain;
    this.alias = fingerprint(chain.get(0));
    this.names = names(chain.get(0));
  }

  /**
   * Pairs a key with its chain, leaf first.
   *
   * @throws IllegalArgumentException if the key does not belong to the leaf, or a certificate is not signed
   *     by the next one
   */
  public static Credential of(PrivateKey privateKey, List<X509Certificate> chain) {
    List<X509Certificate> copy = List.copyOf(chain);
    if (copy.isEmpty()) {
      throw new IllegalArgumentException("a chain has at least one certificate");
    }
    checkPair(privateKey, copy.get(0).getPublicKey());
    for (int i = 0; i + 1 < copy.size(); i++) {
      try {
        copy.get(i).verify(copy.get(i + 1).getPublicKey());
      } catch (GeneralSecurityException e) {
        throw new IllegalArgumentException(
            "certificate "
                + copy.get(i).getSubjectX500Principal()
                + " of the chain is not signed by the next one",
            e);
      }
    }
    return new Credential(privateKey, copy);
  }

  /**
   * A self-signed placeholder for as long as there is nothing better: no client trusts it, but a handshake
   * gets an answer. P-256, valid for a year around now.
   */
  public static Credential selfSigned(
      Collection<String> names, InstantSource clock, SecureRandom random) {
    return SelfSigned.placeholder(names, clock.instant(), random);
  }

  private static void checkPair(PrivateKey privateKey, PublicKey publicKey) {
    String algorithm = publicKey.getAlgorithm();
    try {
      Signature signature = Signature.getInstance(signatureAlgorithm(algorithm));
      signature.initSign(privateKey);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(PROBE);
      if (!signature.verify(signed)) {
        throw new IllegalArgumentException("the private key does not belong to the certificate");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the private key does not belong to the certificate", e);
    }
  }

  private static String signatureAlgorithm(String keyAlgorithm) {
    return switch (keyAlgorithm) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      case "Ed25519", "Ed448", "EdDSA" -> "EdDSA";
      default -> throw new IllegalArgumentException("no TLS key: " + keyAlgorithm);
    };
  }

  private static String fingerprint(X509Certificate leaf) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded());
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalArgumentException("the certificate has no encoding", e);
    }
  }

  private static Set<String> names(X509Certificate leaf) {
    Set<String> result = new LinkedHashSet<>();
    try {
      Collection<List<?>> entries = leaf.getSubjectAlternativeNames();
      if (entries != null) {
        for (List<?> entry : entries) {
          int type = (Integer) entry.get(0);
          if (type == SAN_DNS || type == SAN_IP) {
            result.add(entry.get(1).toString().toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException e) {
      // A certificate whose names cannot be read covers none.
    }
    return Set.copyOf(result);
  }

  /** Names this generation: 32 hexadecimal digits of the certificate's SHA-256 fingerprint. */
  public String alias() {
    return alias;
  }

  /** The private key. */
  public PrivateKey privateKey() {
    return privateKey;
  }

  /** The certificate, then each one that certifies the one before; usually without the root. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** The first certificate of the chain, which is about the names. */
  public X509Certificate leaf() {
    return chain.get(0);
  }

  /** The DNS names and IP addresses of the certificate, in lower case. */
  public Set<String> names() {
    return names;
  }

  /** Since when it is valid. */
  public Instant notBefore() {
    return leaf().getNotBefore().toInstant();
  }

  /** Until when it is valid. */
  public Instant notAfter() {
    return leaf().getNotAfter().toInstant();
  }

  /** From {@link #notBefore} to {@link #notAfter}. */
  public Duration lifetime() {
    return Duration.between(notBefore(), notAfter());
  }

  /** Whether it is valid at that moment, by its dates. */
  public boolean isValidAt(Instant moment) {
    return !moment.isBefore(notBefore()) && !moment.isAfter(notAfter());
  }

  /** The algorithm of the key: {@code EC} or {@code RSA}. */
  public String keyAlgorithm() {
    return leaf().getPublicKey().getAlgorithm();
  }

  @Override
  public String toString() {
    return "Credential[" + String.join(", ", names) + " until " + notAfter() + "]"; // never the key
  }
}

package io.autotls.solver.tlsalpn.internal;

import io.autotls.tls.Credential;
import io.autotls.tls.IpAddress;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes the certificate that answers a challenge (RFC 8737 §3): it signs itself, names the
 * identifier and nothing else, and carries the digest of the key authorization in a critical
 * extension. Made without registering a security provider.
 */
public final class ChallengeCertificate {
  /** {@code id-pe-acmeIdentifier} (RFC 8737 §6.1). */
  static final ASN1ObjectIdentifier ACME_IDENTIFIER =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.31");

  private static final X500Name SUBJECT = new X500Name("CN=ACME challenge");
  private static final Duration BACKDATED = Duration.ofDays(1);
  private static final Duration VALID = Duration.ofDays(7);

  private ChallengeCertificate() {}

  /** What goes into the certificate instead of the key authorization, which is a secret. */
  public static byte[] digest(String keyAuthorization) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(keyAuthorization.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Makes a fresh key and its certificate.
   *
   * @param identifier a name in A-labels, or an IP address
   * @param digest {@link #digest} of the key authorization
   */
  public static Credential create(
      String identifier, byte[] digest, Instant now, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair keys = generator.generateKeyPair();
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
                  SUBJECT,
                  new BigInteger(127, random).setBit(126),
                  Date.from(now.minus(BACKDATED)),
                  Date.from(now.plus(VALID)),
                  SUBJECT,
                  SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()))
              .addExtension(
                  Extension.subjectAlternativeName, false, new GeneralNames(name(identifier)))
              .addExtension(ACME_IDENTIFIER, true, new DEROctetString(digest));
      return Credential.of(keys.getPrivate(), List.of(signed(builder, keys, random)));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("this Java cannot make a P-256 certificate", e);
    }
  }

  private static X509Certificate signed(
      X509v3CertificateBuilder builder, KeyPair keys, SecureRandom random)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA")
                    .setSecureRandom(random)
                    .build(keys.getPrivate())));
  }

  /** RFC 8737 §3 wants a dNSName, RFC 8738 §6 an iPAddress; CAs compare the bytes. */
  private static GeneralName name(String identifier) {
    return IpAddress.parse(identifier)
        .map(address -> new GeneralName(GeneralName.iPAddress, new DEROctetString(address.bytes())))
        .orElseGet(() -> new GeneralName(GeneralName.dNSName, identifier.toLowerCase(Locale.ROOT)));
  }
}

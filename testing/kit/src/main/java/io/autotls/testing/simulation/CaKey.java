package io.autotls.testing.simulation;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPrivateKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Signs the certificates of simulated CAs: real ones, with a key so small that a signature costs
 * next to nothing.
 */
final class CaKey {
  private static final int BITS = 512;
  private static final PrivateKey KEY = key();

  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final ContentSigner signer;
  private final X500Name name;

  CaKey(String name) {
    this.name = new X500Name("CN=" + name);
    try {
      this.signer = new JcaContentSignerBuilder("SHA256withRSA").build(KEY);
    } catch (OperatorCreationException e) {
      throw new IllegalStateException("every Java platform signs with RSA", e);
    }
  }

  /**
   * A key whose two exponents have changed places: with the short one signatures cost a fifth, and
   * nobody verifies those of a certificate that is its own chain.
   */
  private static PrivateKey key() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(BITS, SeededRandom.fixed());
      RSAPublicKey key = (RSAPublicKey) generator.generateKeyPair().getPublic();
      return KeyFactory.getInstance("RSA")
          .generatePrivate(new RSAPrivateKeySpec(key.getModulus(), key.getPublicExponent()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has RSA", e);
    }
  }

  /** UTCTime, as RFC 5280 §4.1.2.5 wants it until 2049; no simulation lasts longer. */
  private static Time time(Instant instant) {
    return new Time(new DERUTCTime(UTC_TIME.format(instant)));
  }

  X509Certificate sign(
      BigInteger serial, List<String> names, PublicKey key, Instant from, Duration lifetime) {
    try {
      X509v3CertificateBuilder certificate =
          new X509v3CertificateBuilder(
              name,
              serial,
              time(from),
              time(from.plus(lifetime)),
              new X500Name("CN=" + names.get(0)),
              SubjectPublicKeyInfo.getInstance(key.getEncoded()));
      certificate.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              names.stream()
                  .map(one -> new GeneralName(GeneralName.dNSName, one))
                  .toArray(GeneralName[]::new)));
      return new JcaX509CertificateConverter().getCertificate(certificate.build(signer));
    } catch (GeneralSecurityException | CertIOException e) {
      throw new IllegalStateException("cannot make a certificate for " + names, e);
    }
  }
}

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
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
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

  X509Certificate sign(
      BigInteger serial, List<String> names, PublicKey key, Instant from, Duration lifetime) {
    try {
      JcaX509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              name,
              serial,
              Date.from(from),
              Date.from(from.plus(lifetime)),
              new X500Name("CN=" + names.get(0)),
              key);
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

package io.autotls.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
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
 * Makes the placeholder. A class of its own, so that Bouncy Castle is loaded only by those who need
 * a placeholder.
 */
final class SelfSigned {
  private static final X500Name SUBJECT = new X500Name("CN=AutoTls placeholder");
  private static final Duration BACKDATED = Duration.ofDays(1);
  private static final Duration VALID = Duration.ofDays(365);

  private SelfSigned() {}

  static Credential placeholder(Collection<String> names, Instant now, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair keys = generator.generateKeyPair();
      return Credential.of(keys.getPrivate(), List.of(certificate(keys, names, now, random)));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("this Java cannot make a P-256 certificate", e);
    }
  }

  private static X509Certificate certificate(
      KeyPair keys, Collection<String> names, Instant now, SecureRandom random)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            SUBJECT,
            new BigInteger(127, random).setBit(126),
            Date.from(now.minus(BACKDATED)),
            Date.from(now.plus(VALID)),
            SUBJECT,
            SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
    if (!names.isEmpty()) {
      GeneralName[] alternatives =
          names.stream().map(SelfSigned::generalName).toArray(GeneralName[]::new);
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA")
                    .setSecureRandom(random)
                    .build(keys.getPrivate())));
  }

  private static GeneralName generalName(String name) {
    return IpAddress.parse(name).isPresent()
        ? new GeneralName(GeneralName.iPAddress, name)
        : new GeneralName(GeneralName.dNSName, name);
  }
}

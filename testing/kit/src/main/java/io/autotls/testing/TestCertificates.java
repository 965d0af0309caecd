package io.autotls.testing;

import io.autotls.tls.Credential;
import io.autotls.tls.IpAddress;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
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
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Self-signed certificates from 2000 to 2100, each with a key of its own. */
public final class TestCertificates {
  private static final Instant YEAR_2000 = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant YEAR_2100 = Instant.parse("2100-01-01T00:00:00Z");

  private TestCertificates() {}

  /** One with a key on P-256, for these DNS names and addresses. */
  public static Credential ec(String subject, String... names) {
    return selfSigned("EC", 256, "SHA256withECDSA", subject, names);
  }

  /** One with an RSA key of 2048 bits, for these DNS names and addresses. */
  public static Credential rsa(String subject, String... names) {
    return selfSigned("RSA", 2048, "SHA256withRSA", subject, names);
  }

  private static Credential selfSigned(
      String algorithm, int size, String signature, String subject, String... names) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(size);
      KeyPair pair = generator.generateKeyPair();
      return Credential.of(
          pair.getPrivate(), List.of(certificate(pair, signature, subject, names)));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate certificate(
      KeyPair pair, String signature, String subject, String... names)
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    X500Name name = new X500Name("CN=" + subject);
    GeneralName[] alternatives = new GeneralName[names.length];
    for (int i = 0; i < names.length; i++) {
      boolean isAddress = IpAddress.parse(names[i]).isPresent();
      alternatives[i] =
          new GeneralName(isAddress ? GeneralName.iPAddress : GeneralName.dNSName, names[i]);
    }
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            Date.from(YEAR_2000),
            Date.from(YEAR_2100),
            name,
            pair.getPublic());
    builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder(signature).build(pair.getPrivate())));
  }
}

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
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes self-signed certificates. Apart from {@link Credential} so that serving never loads this. */
final class SelfSigned {
  private static final Duration BACK_DATED = Duration.ofDays(1);
  private static final Duration LIFETIME = Duration.ofDays(366);

  private SelfSigned() {}

  static Credential placeholder(Collection<String> names, Instant now, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      X500Name self = new X500Name("CN=AutoTls placeholder");
      JcaX509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              self,
              new BigInteger(127, random).add(BigInteger.ONE),
              Date.from(now.minus(BACK_DATED)),
              Date.from(now.plus(LIFETIME)),
              self,
              pair.getPublic());
      if (!names.isEmpty()) {
        certificate.addExtension(Extension.subjectAlternativeName, false, generalNames(names));
      }
      X509Certificate leaf =
          new JcaX509CertificateConverter()
              .getCertificate(
                  certificate.build(
                      new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
      return Credential.of(pair.getPrivate(), List.of(leaf));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("this Java platform cannot sign with ECDSA", e);
    }
  }

  private static GeneralNames generalNames(Collection<String> names) {
    return new GeneralNames(
        names.stream().distinct().map(SelfSigned::generalName).toArray(GeneralName[]::new));
  }

  private static GeneralName generalName(String name) {
    boolean address = name.indexOf(':') >= 0 || name.matches("[0-9.]+");
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }
}

package io.autotls.testing.ca;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Certificate requests, challenge certificates, and certificates out of PEM. */
final class Csrs {
  private Csrs() {}

  static byte[] csr(KeyPair key, String... names) {
    return csr("", key, names);
  }

  static byte[] csr(String subject, KeyPair key, String... names) {
    return csr(subject, new ExtensionsGenerator(), key, names);
  }

  /** As acme.sh asks: for a server that is a client too. */
  static byte[] csrForClientsToo(KeyPair key, String... names) {
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      KeyPurposeId[] both = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
      extensions.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(both));
      return csr("", extensions, key, names);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] csr(
      String subject, ExtensionsGenerator extensions, KeyPair key, String... names) {
    try {
      extensions.addExtension(Extension.subjectAlternativeName, false, names(names));
      return new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), key.getPublic())
          .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
          .build(signer(key))
          .getEncoded();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What an answer to tls-alpn-01 looks like, or nearly. */
  static X509Certificate challenge(KeyPair key, String name, byte[] digest, boolean critical) {
    try {
      X500Name subject = new X500Name("CN=challenge");
      Instant now = Instant.now();
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              subject,
              BigInteger.TEN,
              Date.from(now.minus(Duration.ofHours(1))),
              Date.from(now.plus(Duration.ofHours(1))),
              subject,
              key.getPublic());
      builder.addExtension(Extension.subjectAlternativeName, false, names(name));
      builder.addExtension(
          new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.31"), critical, new DEROctetString(digest));
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer(key)));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static GeneralNames names(String... names) {
    return new GeneralNames(
        Arrays.stream(names)
            .map(
                name ->
                    new GeneralName(
                        name.matches("[0-9.]+|.*:.*") ? GeneralName.iPAddress : GeneralName.dNSName,
                        name))
            .toArray(GeneralName[]::new));
  }

  private static ContentSigner signer(KeyPair key) throws Exception {
    String algorithm = key.getPrivate().getAlgorithm().equals("RSA") ? "RSA" : "ECDSA";
    return new JcaContentSignerBuilder("SHA256with" + algorithm).build(key.getPrivate());
  }

  static List<X509Certificate> chain(String pem) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}

package com.example.autotls;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The CA of the house: a certificate and its key, in a PKCS #12 file. */
final class HouseCa {
  private static final Duration BACKDATED = Duration.ofMinutes(5);
  private static final int SERIAL_BITS = 127;

  private final X509Certificate certificate;
  private final PrivateKey key;
  private final Duration lifetime;
  private final SecureRandom random = new SecureRandom();

  private HouseCa(X509Certificate certificate, PrivateKey key, Duration lifetime) {
    this.certificate = certificate;
    this.key = key;
    this.lifetime = lifetime;
  }

  static HouseCa open(Path file, char[] password, Duration lifetime) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password);
      String alias = store.aliases().nextElement();
      return new HouseCa(
          (X509Certificate) store.getCertificate(alias),
          (PrivateKey) store.getKey(alias, password),
          lifetime);
    } catch (GeneralSecurityException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Signs for these names; the certificate that signs stands behind. */
  List<X509Certificate> sign(List<String> names, PublicKey subject, Instant now) {
    Date end = Date.from(now.plus(lifetime));
    X509v3CertificateBuilder leaf =
        new JcaX509v3CertificateBuilder(
            X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
            new BigInteger(SERIAL_BITS, random),
            Date.from(now.minus(BACKDATED)),
            end.before(certificate.getNotAfter()) ? end : certificate.getNotAfter(),
            new X500Name(new RDN[0]),
            subject);
    try {
      GeneralName[] all =
          names.stream()
              .map(name -> new GeneralName(GeneralName.dNSName, name))
              .toArray(GeneralName[]::new);
      leaf.addExtension(Extension.subjectAlternativeName, true, new GeneralNames(all));
      leaf.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      leaf.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      String algorithm = key.getAlgorithm().startsWith("EC") ? "SHA256withECDSA" : "SHA256withRSA";
      return List.of(
          new JcaX509CertificateConverter()
              .getCertificate(leaf.build(new JcaContentSignerBuilder(algorithm).build(key))),
          certificate);
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("the CA of the house cannot sign", e);
    }
  }
}

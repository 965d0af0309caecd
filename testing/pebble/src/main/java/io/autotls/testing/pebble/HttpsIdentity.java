package io.autotls.testing.pebble;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
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

/**
 * The certificate of Pebble's own HTTPS, for localhost and 127.0.0.1, under a root that was made
 * for it alone: who gets an answer through {@link #sslContext()} speaks with that Pebble and no
 * other.
 */
record HttpsIdentity(
    X509Certificate root,
    Path rootFile,
    Path certificateFile,
    Path keyFile,
    SSLContext sslContext) {
  private static final Duration LIFETIME = Duration.ofDays(7);

  /** Makes the keys and certificates, and writes them into {@code folder}. */
  static HttpsIdentity create(Path folder, Instant now) throws IOException {
    try {
      KeyPair rootKey = keyPair();
      KeyPair leafKey = keyPair();
      X500Name rootName = new X500Name("CN=Root of Pebble's HTTPS " + folder.getFileName());
      X509Certificate root = root(rootName, rootKey, now);
      X509Certificate leaf = leaf(rootName, rootKey, leafKey, now);
      return new HttpsIdentity(
          root,
          write(folder.resolve("https-root.pem"), "CERTIFICATE", root.getEncoded()),
          write(folder.resolve("https-certificate.pem"), "CERTIFICATE", leaf.getEncoded()),
          write(folder.resolve("https-key.pem"), "PRIVATE KEY", leafKey.getPrivate().getEncoded()),
          trusting(root));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("Pebble's HTTPS certificate could not be made", e);
    }
  }

  private static KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static X509Certificate root(X500Name name, KeyPair key, Instant now)
      throws IOException, OperatorCreationException, GeneralSecurityException {
    X509v3CertificateBuilder builder = certificate(name, BigInteger.ONE, name, key, now);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
    return sign(builder, key);
  }

  private static X509Certificate leaf(X500Name issuer, KeyPair issuerKey, KeyPair key, Instant now)
      throws IOException, OperatorCreationException, GeneralSecurityException {
    X509v3CertificateBuilder builder =
        certificate(issuer, BigInteger.TWO, new X500Name("CN=localhost"), key, now);
    GeneralName[] names = {
      new GeneralName(GeneralName.dNSName, "localhost"),
      new GeneralName(GeneralName.iPAddress, "127.0.0.1")
    };
    builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    builder.addExtension(
        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    return sign(builder, issuerKey);
  }

  private static X509v3CertificateBuilder certificate(
      X500Name issuer, BigInteger serial, X500Name subject, KeyPair key, Instant now) {
    Date from = Date.from(now.minus(Duration.ofHours(1)));
    Date to = Date.from(now.plus(LIFETIME));
    return new JcaX509v3CertificateBuilder(issuer, serial, from, to, subject, key.getPublic());
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, KeyPair key)
      throws OperatorCreationException, GeneralSecurityException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }

  private static Path write(Path file, String type, byte[] der) throws IOException {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return Files.writeString(
        file, "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n");
  }

  private static SSLContext trusting(X509Certificate root) throws GeneralSecurityException {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("root", root);
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.autotls.testing.ca.internal.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
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
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The keys and certificates of a CA: a root, an intermediate, and leaves. */
public final class Pki {
  private static final Instant ALWAYS = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant FOREVER = Instant.parse("2199-12-31T23:59:59Z");

  private final SecureRandom random = new SecureRandom();
  private final KeyPair rootKey = keyPair();
  private final KeyPair intermediateKey = keyPair();
  private final X509Certificate root;
  private final X509Certificate intermediate;

  /** Makes a root and an intermediate; {@code name} stands in their subjects. */
  public Pki(String name) {
    BigInteger number = new BigInteger(32, random);
    X500Name rootName = new X500Name("CN=" + name + " Root " + number.toString(16));
    X500Name intermediateName = new X500Name("CN=" + name + " Intermediate " + number.toString(16));
    this.root = authority(rootName, rootKey, rootName, rootKey, 1);
    this.intermediate = authority(intermediateName, intermediateKey, rootName, rootKey, 0);
  }

  public X509Certificate root() {
    return root;
  }

  public X509Certificate intermediate() {
    return intermediate;
  }

  private static KeyPair keyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no EC", e);
    }
  }

  private X509Certificate authority(
      X500Name subject, KeyPair key, X500Name issuer, KeyPair issuerKey, int pathLength) {
    try {
      JcaX509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              issuer, serial(), Date.from(ALWAYS), Date.from(FOREVER), subject, key.getPublic());
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      certificate.addExtension(
          Extension.basicConstraints, true, new BasicConstraints(pathLength));
      certificate.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      certificate.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          ids.createSubjectKeyIdentifier(key.getPublic()));
      certificate.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          ids.createAuthorityKeyIdentifier(issuerKey.getPublic()));
      return sign(certificate, issuerKey);
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot make a CA certificate", e);
    }
  }

  /** Issues a certificate for a server. */
  public X509Certificate issue(
      PublicKey key, GeneralNames names, Instant notBefore, Instant notAfter) {
    try {
      JcaX509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              new X500Name(intermediate.getSubjectX500Principal().getName()),
              serial(),
              Date.from(notBefore),
              Date.from(notAfter),
              new X500Name("CN=" + names.getNames()[0].getName()),
              key);
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      certificate.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      certificate.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      certificate.addExtension(Extension.subjectAlternativeName, false, names);
      certificate.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          ids.createAuthorityKeyIdentifier(intermediateKey.getPublic()));
      return sign(certificate, intermediateKey);
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot issue a certificate", e);
    }
  }

  private BigInteger serial() {
    return new BigInteger(120, random).setBit(120);
  }

  private static X509Certificate sign(JcaX509v3CertificateBuilder certificate, KeyPair key)
      throws OperatorCreationException, GeneralSecurityException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            certificate.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }

  /** A server context for {@code localhost} and the loopback addresses, signed by this. */
  public SSLContext serverContext() {
    KeyPair key = keyPair();
    GeneralNames names =
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.dNSName, "localhost"),
              new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
              new GeneralName(GeneralName.iPAddress, "::1")
            });
    X509Certificate leaf = issue(key.getPublic(), names, ALWAYS, FOREVER);
    try {
      char[] password = {};
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "server", key.getPrivate(), password, new Certificate[] {leaf, intermediate});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot serve TLS", e);
    }
  }

  /** A client context that trusts exactly these roots. */
  public static SSLContext clientContext(List<X509Certificate> roots) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (X509Certificate root : roots) {
        store.setCertificateEntry(root.getSerialNumber().toString(16), root);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot trust a root", e);
    }
  }
}

package io.autotls.acme;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A root, an intermediate, and the leaves that a test wants. */
final class TestPki {
  static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
  static final Instant END = Instant.parse("2027-11-01T00:00:00Z");

  final KeyPair rootKey = AcmeKeys.generate();
  final X509Certificate root = authority("Root", rootKey, "Root", rootKey);
  final KeyPair intermediateKey = AcmeKeys.generate();
  final X509Certificate intermediate = authority("Intermediate", intermediateKey, "Root", rootKey);

  X509Certificate leaf(KeyPair key, String... names) {
    return leaf(key, END, names);
  }

  X509Certificate leaf(KeyPair key, Instant notAfter, String... names) {
    List<GeneralName> sans = new ArrayList<>();
    for (String name : names) {
      boolean ip = Identifier.of(name).type() == Identifier.Type.IP;
      sans.add(new GeneralName(ip ? GeneralName.iPAddress : GeneralName.dNSName, name));
    }
    return certificate("", key, "Intermediate", intermediateKey, notAfter, sans);
  }

  /** Name and key of the intermediate, in a certificate that may not sign others. */
  X509Certificate intermediateWithoutAuthority() {
    GeneralName name = new GeneralName(GeneralName.dNSName, "example.com");
    return certificate("CN=Intermediate", intermediateKey, "Root", rootKey, END, List.of(name));
  }

  /** For a server on 127.0.0.1. */
  SSLSocketFactory serverSockets(String... names) {
    try {
      KeyPair key = AcmeKeys.generate();
      // The JDK looks at the real clock.
      X509Certificate leaf = leaf(key, Instant.now().plusSeconds(86_400), names);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "server", key.getPrivate(), new char[0], new X509Certificate[] {leaf, intermediate});
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(factory.getKeyManagers(), null, null);
      return context.getSocketFactory();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static String pem(X509Certificate... certificates) {
    StringBuilder pem = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      pem.append("-----BEGIN CERTIFICATE-----\n").append(base64(certificate));
      pem.append("\n-----END CERTIFICATE-----\n");
    }
    return pem.toString();
  }

  static String base64(X509Certificate certificate) {
    try {
      return Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static X509Certificate authority(
      String name, KeyPair key, String issuer, KeyPair issuerKey) {
    return certificate("CN=" + name, key, issuer, issuerKey, END.plusSeconds(86_400), null);
  }

  private static X509Certificate certificate(
      String subject,
      KeyPair key,
      String issuer,
      KeyPair issuerKey,
      Instant notAfter,
      @Nullable List<GeneralName> sans) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + issuer),
              new BigInteger(64, new SecureRandom()).add(BigInteger.ONE),
              Date.from(notAfter.isBefore(START) ? notAfter.minusSeconds(1) : START),
              Date.from(notAfter),
              new X500Name(subject),
              key.getPublic());
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuerKey.getPublic()));
      if (sans == null) {
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      } else {
        builder.addExtension(
            Extension.subjectAlternativeName,
            true,
            new GeneralNames(sans.toArray(GeneralName[]::new)));
      }
      PrivateKey signing = issuerKey.getPrivate();
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signing)));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}

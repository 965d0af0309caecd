package io.autotls.tls;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority with one intermediate, for tests. */
final class Authority {
  static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
  static final Instant END = Instant.parse("2036-11-01T00:00:00Z");

  private final AtomicInteger serial = new AtomicInteger(1);
  private final KeyPair keys = ecKeys();
  private final X509Certificate intermediate;

  Authority() {
    KeyPair rootKeys = ecKeys();
    intermediate = sign("Root", rootKeys.getPrivate(), "Intermediate", keys, END, List.of());
  }

  X509Certificate intermediate() {
    return intermediate;
  }

  Credential ec(String... names) {
    return issue(ecKeys(), END, names);
  }

  Credential rsa(String... names) {
    return issue(rsaKeys(), END, names);
  }

  Credential ecUntil(Instant notAfter, String... names) {
    return issue(ecKeys(), notAfter, names);
  }

  Credential issue(KeyPair leafKeys, Instant notAfter, String... names) {
    X509Certificate leaf =
        sign("Intermediate", keys.getPrivate(), "leaf", leafKeys, notAfter, List.of(names));
    return Credential.of(leafKeys.getPrivate(), List.of(leaf, intermediate));
  }

  static KeyPair ecKeys() {
    return keys("EC", "secp256r1");
  }

  static KeyPair rsaKeys() {
    return keys("RSA", "");
  }

  static KeyPair keys(String algorithm, String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) {
        generator.initialize(new ECGenParameterSpec(curve));
      } else if (algorithm.equals("RSA")) {
        generator.initialize(2048);
      }
      return generator.generateKeyPair();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private X509Certificate sign(
      String issuer,
      PrivateKey issuerKey,
      String subject,
      KeyPair subjectKeys,
      Instant notAfter,
      List<String> names) {
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + issuer),
              BigInteger.valueOf(serial.incrementAndGet()),
              Date.from(START),
              Date.from(notAfter),
              new X500Name("CN=" + subject),
              subjectKeys.getPublic());
      if (names.isEmpty()) {
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      } else {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                names.stream().map(Authority::generalName).toArray(GeneralName[]::new)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey)));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static GeneralName generalName(String name) {
    boolean address = name.indexOf(':') >= 0 || name.matches("[0-9.]+");
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }
}

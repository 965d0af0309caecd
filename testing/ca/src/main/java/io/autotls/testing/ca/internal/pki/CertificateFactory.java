package io.autotls.testing.ca.internal.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.RDN;
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
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes and signs certificates; all keys of the CA are P-256. */
public final class CertificateFactory {
  // Roots cover every clock that a test may set.
  private static final Instant CA_NOT_BEFORE = Instant.EPOCH;
  private static final Instant CA_NOT_AFTER = Instant.parse("2100-01-01T00:00:00Z");
  private static final int SERIAL_BYTES = 16;

  private final SecureRandom random;

  public CertificateFactory(SecureRandom random) {
    this.random = random;
  }

  public KeyPair keyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  public SigningKey root(String commonName) throws GeneralSecurityException {
    KeyPair pair = keyPair();
    X500Name name = new X500Name("CN=" + commonName);
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            serial(),
            Date.from(CA_NOT_BEFORE),
            Date.from(CA_NOT_AFTER),
            name,
            pair.getPublic());
    return new SigningKey(signCa(builder, pair.getPublic(), pair.getPrivate()), pair.getPrivate());
  }

  /** A certificate for a CA below {@code issuer}. */
  public X509Certificate intermediate(SigningKey issuer, String commonName, PublicKey key)
      throws GeneralSecurityException {
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subjectOf(issuer),
            serial(),
            Date.from(CA_NOT_BEFORE),
            Date.from(CA_NOT_AFTER),
            new X500Name("CN=" + commonName),
            key);
    add(
        builder,
        Extension.authorityKeyIdentifier,
        Criticality.NO,
        keyIds().createAuthorityKeyIdentifier(issuer.certificate().getPublicKey()));
    return signCa(builder, key, issuer.key());
  }

  /** A server certificate; the subject is empty, so the names are critical (RFC 5280 §4.2.1.6). */
  public X509Certificate leaf(
      SigningKey issuer,
      PublicKey key,
      List<GeneralName> names,
      Instant notBefore,
      Instant notAfter)
      throws GeneralSecurityException {
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subjectOf(issuer),
            serial(),
            Date.from(notBefore),
            Date.from(notAfter),
            new X500Name(new RDN[0]),
            key);
    int usage = KeyUsage.digitalSignature;
    add(builder, Extension.keyUsage, Criticality.YES, new KeyUsage(usage));
    add(
        builder,
        Extension.extendedKeyUsage,
        Criticality.NO,
        new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    add(builder, Extension.basicConstraints, Criticality.YES, new BasicConstraints(false));
    add(
        builder,
        Extension.authorityKeyIdentifier,
        Criticality.NO,
        keyIds().createAuthorityKeyIdentifier(issuer.certificate().getPublicKey()));
    add(
        builder,
        Extension.subjectAlternativeName,
        Criticality.YES,
        new GeneralNames(names.toArray(GeneralName[]::new)));
    return sign(builder, issuer.key());
  }

  private X509Certificate signCa(X509v3CertificateBuilder builder, PublicKey key, PrivateKey signer)
      throws GeneralSecurityException {
    add(builder, Extension.basicConstraints, Criticality.YES, new BasicConstraints(true));
    add(
        builder,
        Extension.keyUsage,
        Criticality.YES,
        new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    add(
        builder,
        Extension.subjectKeyIdentifier,
        Criticality.NO,
        keyIds().createSubjectKeyIdentifier(key));
    return sign(builder, signer);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    } catch (OperatorException e) {
      throw new GeneralSecurityException("cannot sign a certificate", e);
    }
  }

  private enum Criticality {
    YES,
    NO
  }

  private static void add(
      X509v3CertificateBuilder builder,
      ASN1ObjectIdentifier id,
      Criticality criticality,
      ASN1Encodable value)
      throws GeneralSecurityException {
    try {
      builder.addExtension(id, criticality == Criticality.YES, value);
    } catch (IOException e) {
      throw new GeneralSecurityException("cannot encode extension " + id, e);
    }
  }

  private static JcaX509ExtensionUtils keyIds() throws GeneralSecurityException {
    return new JcaX509ExtensionUtils();
  }

  private static X500Name subjectOf(SigningKey issuer) {
    return X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded());
  }

  private BigInteger serial() {
    byte[] bytes = new byte[SERIAL_BYTES];
    random.nextBytes(bytes);
    bytes[0] = (byte) (bytes[0] & 0x7f | 0x40); // positive, and always 16 bytes long
    return new BigInteger(bytes);
  }
}

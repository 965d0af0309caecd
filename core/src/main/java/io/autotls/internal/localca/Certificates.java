package io.autotls.internal.localca;

import io.autotls.internal.names.DomainNames;
import io.autotls.internal.names.InternalNames;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes the certificates of the local CA (RFC 5280). Each CA certificate carries name constraints
 * (§4.2.1.10): whoever trusts the root trusts it for internal names only, and a stolen key of a
 * developer's machine cannot speak for the rest of the internet.
 */
final class Certificates {
  /** Clocks of clients differ a little from ours. */
  private static final Duration LEAF_BACKDATED = Duration.ofMinutes(1);

  /** Nobody minds when a CA began, and a client whose clock is a day late shall work too. */
  private static final Duration CA_BACKDATED = Duration.ofDays(1);

  private static final String ALGORITHM = "SHA256withECDSA";
  private static final X500Name NOBODY = new X500Name("");
  private static final int SERIAL_BITS = 128;

  private final SecureRandom random;

  Certificates(SecureRandom random) {
    this.random = random;
  }

  /** A root that signs itself, under a name that no other has. */
  Signer root(KeyPair keys, Instant now, Duration life) {
    X500Name name = uniqueName("AutoTls local CA");
    Draft draft = new Draft(name, name, keys.getPublic(), now.minus(CA_BACKDATED), now.plus(life));
    return new Signer(authority(draft, keys, keys.getPublic(), Depth.ANY), keys);
  }

  /** The same name and key as {@code root}, certified by the root before it. */
  X509Certificate cross(Signer root, Signer predecessor, Instant now) {
    Draft draft =
        new Draft(
            subject(predecessor),
            subject(root),
            root.keys().getPublic(),
            now.minus(CA_BACKDATED),
            predecessor.notAfter());
    return authority(
        draft, predecessor.keys(), predecessor.keys().getPublic(), Depth.ONE_MORE_AUTHORITY);
  }

  Signer intermediate(KeyPair keys, Signer root, Instant now, Duration life) {
    Draft draft =
        new Draft(
            subject(root),
            uniqueName("AutoTls local intermediate"),
            keys.getPublic(),
            now.minus(CA_BACKDATED),
            earlier(now.plus(life), root.notAfter()));
    return new Signer(
        authority(draft, root.keys(), root.keys().getPublic(), Depth.LEAVES_ONLY), keys);
  }

  /** A certificate for servers. */
  X509Certificate leaf(
      PublicKey key, List<String> names, Signer issuer, Instant now, Duration life) {
    Draft draft =
        new Draft(
            subject(issuer),
            NOBODY,
            key,
            now.minus(LEAF_BACKDATED),
            earlier(now.plus(life), issuer.notAfter()));
    return sign(
        draft,
        issuer.keys(),
        (builder, extensions) -> {
          GeneralName[] san = names.stream().map(Certificates::name).toArray(GeneralName[]::new);
          // Critical, because the subject is empty (RFC 5280 §4.2.1.6).
          builder.addExtension(Extension.subjectAlternativeName, true, new GeneralNames(san));
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage(key)));
          builder.addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
          identify(builder, extensions, key, issuer.keys().getPublic());
        });
  }

  private record Draft(
      X500Name issuer, X500Name subject, PublicKey key, Instant notBefore, Instant notAfter) {}

  /** How many CA certificates may follow below. */
  private enum Depth {
    ANY,
    ONE_MORE_AUTHORITY,
    LEAVES_ONLY
  }

  private interface Extensions {
    void addTo(X509v3CertificateBuilder builder, JcaX509ExtensionUtils extensions)
        throws IOException;
  }

  private X509Certificate authority(Draft draft, KeyPair signer, PublicKey signerKey, Depth depth) {
    return sign(
        draft,
        signer,
        (builder, extensions) -> {
          BasicConstraints constraints =
              switch (depth) {
                case ANY -> new BasicConstraints(true);
                case ONE_MORE_AUTHORITY -> new BasicConstraints(1);
                case LEAVES_ONLY -> new BasicConstraints(0);
              };
          builder.addExtension(Extension.basicConstraints, true, constraints);
          builder.addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
          builder.addExtension(Extension.nameConstraints, true, internalNamesOnly());
          if (depth == Depth.LEAVES_ONLY) {
            builder.addExtension(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
          }
          identify(builder, extensions, draft.key(), signerKey);
        });
  }

  private static void identify(
      X509v3CertificateBuilder builder,
      JcaX509ExtensionUtils extensions,
      PublicKey key,
      PublicKey signerKey)
      throws IOException {
    builder.addExtension(
        Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(key));
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        extensions.createAuthorityKeyIdentifier(signerKey));
  }

  private X509Certificate sign(Draft draft, KeyPair signer, Extensions extensions) {
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              draft.issuer(),
              new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS - 2),
              Date.from(draft.notBefore()),
              Date.from(draft.notAfter()),
              draft.subject(),
              draft.key());
      extensions.addTo(builder, new JcaX509ExtensionUtils());
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder(ALGORITHM).build(signer.getPrivate())));
    } catch (OperatorCreationException | GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the local CA cannot sign", e);
    }
  }

  private static NameConstraints internalNamesOnly() {
    GeneralSubtree[] permitted =
        Stream.concat(
                InternalNames.DOMAINS.stream().map(d -> new GeneralName(GeneralName.dNSName, d)),
                InternalNames.NETWORKS.stream().map(n -> new GeneralName(GeneralName.iPAddress, n)))
            .map(GeneralSubtree::new)
            .toArray(GeneralSubtree[]::new);
    return new NameConstraints(permitted, null);
  }

  private static GeneralName name(String name) {
    return new GeneralName(
        DomainNames.isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }

  /** TLS 1.2 may use an RSA key to carry the secret; other keys only sign. */
  private static int usage(PublicKey key) {
    return key.getAlgorithm().equals("RSA")
        ? KeyUsage.digitalSignature | KeyUsage.keyEncipherment
        : KeyUsage.digitalSignature;
  }

  private static X500Name subject(Signer signer) {
    return X500Name.getInstance(signer.certificate().getSubjectX500Principal().getEncoded());
  }

  private X500Name uniqueName(String what) {
    byte[] bytes = new byte[4];
    random.nextBytes(bytes);
    return new X500Name("CN=" + what + " " + HexFormat.of().formatHex(bytes));
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}

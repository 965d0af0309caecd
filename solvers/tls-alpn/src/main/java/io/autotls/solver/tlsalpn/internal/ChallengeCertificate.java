package io.autotls.solver.tlsalpn.internal;

import io.autotls.tls.Credential;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The certificate that answers TLS-ALPN-01 (RFC 8737 §3). Pure functions. */
public final class ChallengeCertificate {
  private static final ASN1ObjectIdentifier ACME_IDENTIFIER =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.31");

  /** Validating perspectives may have clocks of their own. */
  private static final Duration MARGIN = Duration.ofDays(1);

  private static final Duration LIFETIME = Duration.ofDays(8);

  private ChallengeCertificate() {}

  /** Makes a new one, self-signed, with exactly one name and the hash of the key authorization. */
  public static Credential of(
      String identifier, String keyAuthorization, Instant now, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      X500Name self = new X500Name("CN=AutoTls challenge");
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(keyAuthorization.getBytes(StandardCharsets.US_ASCII));
      JcaX509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              self,
              new BigInteger(127, random).add(BigInteger.ONE),
              Date.from(now.minus(MARGIN)),
              Date.from(now.plus(LIFETIME)),
              self,
              pair.getPublic());
      certificate.addExtension(
          Extension.subjectAlternativeName, false, new GeneralNames(name(identifier)));
      certificate.addExtension(ACME_IDENTIFIER, true, new DEROctetString(hash));
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

  private static GeneralName name(String identifier) {
    return new GeneralName(
        isAddress(identifier) ? GeneralName.iPAddress : GeneralName.dNSName,
        identifier.toLowerCase(Locale.ROOT));
  }

  private static boolean isAddress(String identifier) {
    return identifier.indexOf(':') >= 0 || identifier.matches("[0-9.]+");
  }

  /** The SNI by which a CA asks for it: the name, or the reverse name of an address (RFC 8738 §6). */
  public static String serverName(String identifier) {
    if (!isAddress(identifier)) {
      return identifier.toLowerCase(Locale.ROOT);
    }
    byte[] octets;
    try {
      octets = InetAddress.getByName(identifier).getAddress(); // a literal: nothing is looked up
    } catch (IOException e) {
      throw new IllegalArgumentException("not an address: " + identifier, e);
    }
    StringBuilder name = new StringBuilder();
    for (int i = octets.length - 1; i >= 0; i--) {
      if (octets.length == 4) {
        name.append(octets[i] & 0xff).append('.');
      } else {
        name.append(Integer.toHexString(octets[i] & 0xf)).append('.');
        name.append(Integer.toHexString(octets[i] >> 4 & 0xf)).append('.');
      }
    }
    return name.append(octets.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }
}

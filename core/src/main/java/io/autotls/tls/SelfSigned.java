package io.autotls.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * Makes the placeholder.
 *
 * <p>Written in DER by hand: the first visitors wait for it, and opening Bouncy Castle, a large
 * signed archive, would take ten times as long as all the rest.
 */
final class SelfSigned {
  private static final Duration BACKDATED = Duration.ofDays(1);
  private static final Duration VALID = Duration.ofDays(365);

  private static final byte[] ECDSA_WITH_SHA256 = // 1.2.840.10045.4.3.2
      Der.sequence(Der.oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  private static final byte[] COMMON_NAME = Der.oid(0x55, 0x04, 0x03); // 2.5.4.3
  private static final byte[] SUBJECT_ALTERNATIVE_NAME = Der.oid(0x55, 0x1d, 0x11); // 2.5.29.17
  private static final byte[] SUBJECT =
      Der.sequence(Der.set(Der.sequence(COMMON_NAME, Der.utf8("AutoTls placeholder"))));
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private SelfSigned() {}

  static Credential placeholder(Collection<String> names, Instant now, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair keys = generator.generateKeyPair();
      byte[] toBeSigned = toBeSigned(keys, names, now, random);
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate(), random);
      signature.update(toBeSigned);
      byte[] encoded = Der.sequence(toBeSigned, ECDSA_WITH_SHA256, Der.bits(signature.sign()));
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(encoded));
      return Credential.ofVerified(keys.getPrivate(), List.of(certificate));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java cannot make a P-256 certificate", e);
    }
  }

  /** RFC 5280 §4.1.2. */
  private static byte[] toBeSigned(
      KeyPair keys, Collection<String> names, Instant now, SecureRandom random) {
    byte[] version = Der.explicit(0, Der.integer(BigInteger.TWO)); // two means three
    byte[] serial = Der.integer(new BigInteger(127, random).setBit(126));
    byte[] validity = Der.sequence(Der.time(now.minus(BACKDATED)), Der.time(now.plus(VALID)));
    byte[] extensions = names.isEmpty() ? new byte[0] : extensions(names);
    return Der.sequence(
        version,
        serial,
        ECDSA_WITH_SHA256,
        SUBJECT,
        validity,
        SUBJECT,
        keys.getPublic().getEncoded(),
        extensions);
  }

  private static byte[] extensions(Collection<String> names) {
    byte[][] alternatives = names.stream().map(SelfSigned::generalName).toArray(byte[][]::new);
    byte[] extension =
        Der.sequence(SUBJECT_ALTERNATIVE_NAME, Der.octets(Der.sequence(alternatives)));
    return Der.explicit(3, Der.sequence(extension));
  }

  private static byte[] generalName(String name) {
    return IpAddress.parse(name)
        .map(address -> Der.implicit(IP_ADDRESS, address.bytes()))
        .orElseGet(() -> Der.implicit(DNS_NAME, name.getBytes(StandardCharsets.US_ASCII)));
  }
}

package io.autotls.solver.tlsalpn.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.tls.Credential;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CertificateHolder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rules of RFC 8737 and RFC 8738, byte by byte. */
class ChallengeCertificateTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  // The token and thumbprint of RFC 8555 §8.1 and RFC 7638 §3.1; the digest is sha256sum's.
  private static final String KEY_AUTHORIZATION =
      "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
          + ".NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
  private static final String DIGEST =
      "653471d42925d7eb4cd39a39cda8b34d3034c94cb90067ab78c8123560ba2e5f";

  @Test
  @DisplayName("TA1: the extension is critical and holds the digest in exactly these bytes")
  void extensionIsExact() throws Exception {
    X509CertificateHolder holder = holder(create("example.com"));

    byte[] extension =
        holder.getExtension(ChallengeCertificate.ACME_IDENTIFIER).toASN1Primitive().getEncoded();
    assertThat(hex(extension)).isEqualTo("303106082b0601050507011f0101ff04220420" + DIGEST);
    assertThat(create("example.com").getCriticalExtensionOIDs())
        .containsExactly("1.3.6.1.5.5.7.1.31");
  }

  @Test
  @DisplayName("TA2: the certificate is of version 3 and signs itself")
  void signsItself() throws Exception {
    X509Certificate certificate = create("example.com");

    assertThat(certificate.getVersion()).isEqualTo(3);
    assertThat(certificate.getIssuerX500Principal())
        .isEqualTo(certificate.getSubjectX500Principal());
    certificate.verify(certificate.getPublicKey());
  }

  @Test
  @DisplayName("TA3: the only name is the identifier, in lower case and in exactly these bytes")
  void nameIsExact() throws Exception {
    assertThat(subjectAlternativeName("Example.com")).isEqualTo("300d820b6578616d706c652e636f6d");
    assertThat(subjectAlternativeName("192.0.2.1")).isEqualTo("30068704c0000201");
    assertThat(subjectAlternativeName("2001:db8::1"))
        .isEqualTo("3012871020010db8000000000000000000000001");
    assertThat(subjectAlternativeName("::ffff:192.0.2.1"))
        .isEqualTo("3012871000000000000000000000ffffc0000201");
  }

  @Test
  @DisplayName("TA3: there is no other extension, so none twice")
  void thereIsNoOtherExtension() throws Exception {
    ASN1ObjectIdentifier[] extensions =
        holder(create("example.com")).getExtensions().getExtensionOIDs();

    assertThat(extensions)
        .containsExactly(Extension.subjectAlternativeName, ChallengeCertificate.ACME_IDENTIFIER);
  }

  @Test
  @DisplayName("TA6: the key is P-256, which every validator offers")
  void keyIsP256() {
    Credential credential = credential("example.com");

    assertThat(credential.keyAlgorithm()).isEqualTo("EC");
    assertThat(credential.leaf().getSigAlgName()).isEqualTo("SHA256withECDSA");
    assertThat(credential.leaf().getPublicKey().toString()).contains("secp256r1");
    assertThat(credential.isValidAt(NOW)).isTrue();
  }

  private static String subjectAlternativeName(String identifier) throws Exception {
    byte[] value =
        holder(create(identifier))
            .getExtension(Extension.subjectAlternativeName)
            .getExtnValue()
            .getOctets();
    return hex(value);
  }

  private static X509Certificate create(String identifier) {
    return credential(identifier).leaf();
  }

  private static Credential credential(String identifier) {
    return ChallengeCertificate.create(
        identifier, ChallengeCertificate.digest(KEY_AUTHORIZATION), NOW, new SecureRandom());
  }

  private static X509CertificateHolder holder(X509Certificate certificate) throws Exception {
    return new X509CertificateHolder(certificate.getEncoded());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}

package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.KeyType;
import io.autotls.internal.text.Keys;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CsrTest {
  private static final KeyPair KEY = AcmeKeys.generate();

  @Test
  @DisplayName("F1 IP2 names and addresses are in the SAN, nothing is in the subject")
  @Tag("G35")
  void namesAndAddresses() throws Exception {
    byte[] der =
        Csr.of(
            KEY,
            List.of(
                Identifier.dns("example.com"),
                Identifier.dns("*.example.com"),
                Identifier.ip("192.0.2.1"),
                Identifier.ip("2001:db8::1"),
                Identifier.dns("example.com")));

    PKCS10CertificationRequest csr = new PKCS10CertificationRequest(der);
    GeneralNames san =
        GeneralNames.fromExtensions(csr.getRequestedExtensions(), Extension.subjectAlternativeName);
    assertThat(csr.getSubject().getRDNs()).isEmpty();
    assertThat(csr.getRequestedExtensions().getExtensionOIDs()).hasSize(1);
    assertThat(Stream.of(san.getNames()).map(GeneralName::getTagNo))
        .containsExactly(
            GeneralName.dNSName, GeneralName.dNSName, GeneralName.iPAddress, GeneralName.iPAddress);
    assertThat(Stream.of(san.getNames()).map(name -> name.getName().toString()))
        .containsExactly(
            "example.com", "*.example.com", "#c0000201", "#20010db8000000000000000000000001");
  }

  @Test
  void everyKindOfKeySigns() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPairGenerator p384 = KeyPairGenerator.getInstance("EC");
    p384.initialize(new ECGenParameterSpec("secp384r1"));

    for (KeyPair key : List.of(KEY, p384.generateKeyPair(), rsa.generateKeyPair())) {
      byte[] der = Csr.of(key, List.of(Identifier.dns("example.com")));

      assertThat(
              new PKCS10CertificationRequest(der)
                  .isSignatureValid(new JcaContentVerifierProviderBuilder().build(key.getPublic())))
          .isTrue();
      assertThat(Csr.isFor(der, key.getPublic())).isTrue();
    }
  }

  @Test
  void aRequestWithoutNamesIsRefused() {
    assertThatThrownBy(() -> Csr.of(KEY, List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSameKeyAndNamesMakeTheSameRequest() {
    for (KeyType type : List.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.RSA_2048)) {
      KeyPair key = Keys.generate(type, new SecureRandom());
      List<Identifier> names = List.of(Identifier.dns("example.com"), Identifier.dns("a.example"));

      assertThat(Csr.of(key, names)).as("%s", type).isEqualTo(Csr.of(key, names));
    }
  }
}

package io.autotls.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.junit.jupiter.api.Test;

class CredentialTest {
  private static final Authority CA = new Authority();
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  private final SecureRandom random = new SecureRandom();

  @Test
  void joinsKeyAndChain() {
    Credential credential = CA.ec("Example.com", "*.example.org", "192.0.2.1", "2001:DB8:0::1");

    assertThat(credential.chain()).hasSize(2).first().isEqualTo(credential.leaf());
    assertThat(credential.names())
        .containsExactly("example.com", "*.example.org", "192.0.2.1", "2001:db8::1");
    assertThat(credential.notBefore()).isEqualTo(Authority.START);
    assertThat(credential.notAfter()).isEqualTo(Authority.END);
    assertThat(credential.lifetime()).isEqualTo(Duration.between(Authority.START, Authority.END));
  }

  @Test
  void isValidFromTheFirstToTheLastMoment() {
    Credential credential = CA.ec("example.com");

    assertThat(credential.isValidAt(Authority.START)).isTrue();
    assertThat(credential.isValidAt(Authority.END)).isTrue();
    assertThat(credential.isValidAt(Authority.START.minusSeconds(1))).isFalse();
    assertThat(credential.isValidAt(Authority.END.plusSeconds(1))).isFalse();
  }

  @Test
  void knowsEveryFamilyOfKeys() {
    assertThat(CA.ec("example.com").keyAlgorithm()).isEqualTo("EC");
    assertThat(CA.rsa("example.com").keyAlgorithm()).isEqualTo("RSA");
    KeyPair p384 = Authority.keys("EC", "secp384r1");
    assertThat(CA.issue(p384, Authority.END, "example.com").keyAlgorithm()).isEqualTo("EC");
    KeyPair edwards = Authority.keys("Ed25519", "");
    assertThat(CA.issue(edwards, Authority.END, "example.com").keyAlgorithm()).isEqualTo("EdDSA");
  }

  @Test
  void refusesTheKeyOfAnotherCertificate() {
    Credential ec = CA.ec("example.com");
    Credential rsa = CA.rsa("example.com");
    List<KeyPair> strangers =
        List.of(
            Authority.ecKeys(),
            Authority.rsaKeys(),
            Authority.keys("EC", "secp384r1"),
            Authority.keys("Ed25519", ""));

    for (KeyPair stranger : strangers) {
      for (Credential credential : List.of(ec, rsa)) {
        assertThatThrownBy(() -> Credential.of(stranger.getPrivate(), credential.chain()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("private key does not belong")
            .hasMessageContaining("CN=leaf");
      }
    }
  }

  @Test
  void refusesAChainThatIsBroken() {
    Credential credential = CA.ec("example.com");
    Authority stranger = new Authority();

    assertThatThrownBy(
            () ->
                Credential.of(
                    credential.privateKey(), List.of(credential.leaf(), stranger.intermediate())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("broken chain");
    assertThatThrownBy(
            () ->
                Credential.of(
                    credential.privateKey(), List.of(credential.leaf(), credential.leaf())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CN=leaf is not signed by CN=leaf");
  }

  @Test
  void refusesAnEmptyChainAndAnEndlessOne() {
    Credential credential = CA.ec("example.com");

    assertThatThrownBy(() -> Credential.of(credential.privateKey(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                Credential.of(credential.privateKey(), Collections.nCopies(17, credential.leaf())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("17");
  }

  @Test
  void aliasNamesTheGeneration() {
    Credential credential = CA.ec("example.com");
    Credential again = Credential.of(credential.privateKey(), credential.chain());
    Credential shorter = Credential.of(credential.privateKey(), List.of(credential.leaf()));

    assertThat(again).isEqualTo(credential).hasSameHashCodeAs(credential);
    assertThat(again.alias()).isEqualTo(credential.alias()).matches("[0-9a-f]{64}");
    assertThat(shorter.alias()).isNotEqualTo(credential.alias());
    assertThat(CA.ec("example.com")).isNotEqualTo(credential);
  }

  @Test
  void toStringTellsWhatItIsWithoutTheKey() {
    Credential credential = CA.ec("example.com", "www.example.com", "api.example.com");

    assertThat(credential.toString())
        .contains("example.com and 2 more", "EC", "2036-11-01", credential.alias().substring(0, 12))
        .doesNotContain(credential.alias())
        .hasSizeLessThan(150);
  }

  @Test
  void thePlaceholderIsReadByBouncyCastleAsItWasMeant() throws Exception {
    Credential placeholder = selfSigned(NOW, "example.com", "*.example.org", "192.0.2.1", "::1");

    X509CertificateHolder holder = new X509CertificateHolder(placeholder.leaf().getEncoded());
    assertThat(holder.getVersionNumber()).isEqualTo(3);
    assertThat(holder.getSubject()).isEqualTo(holder.getIssuer());
    assertThat(holder.getSubject().getRDNs(BCStyle.CN)[0].getFirst().getValue())
        .hasToString("AutoTls placeholder");
    assertThat(holder.getSerialNumber().signum()).isPositive();
    assertThat(holder.getNotBefore()).isEqualTo(NOW.minus(Duration.ofDays(1)));
    assertThat(holder.getNotAfter()).isEqualTo(NOW.plus(Duration.ofDays(365)));
    assertThat(
            GeneralNames.fromExtensions(holder.getExtensions(), Extension.subjectAlternativeName)
                .getNames())
        .containsExactly(
            new GeneralName(GeneralName.dNSName, "example.com"),
            new GeneralName(GeneralName.dNSName, "*.example.org"),
            new GeneralName(GeneralName.iPAddress, "192.0.2.1"),
            new GeneralName(GeneralName.iPAddress, "::1"));
    assertThat(holder.toASN1Structure().getEncoded("DER"))
        .isEqualTo(placeholder.leaf().getEncoded());
  }

  @Test
  void thePlaceholderSignsItselfWithItsOwnKey() throws Exception {
    Credential placeholder = selfSigned(NOW, "example.com");

    placeholder.leaf().verify(placeholder.leaf().getPublicKey());
    assertThat(Credential.of(placeholder.privateKey(), placeholder.chain())).isEqualTo(placeholder);
    assertThat(placeholder.names()).containsExactly("example.com");
    assertThat(placeholder.isValidAt(NOW)).isTrue();
  }

  @Test
  void thePlaceholderMayHaveNoNameOrVeryMany() throws Exception {
    String[] many =
        IntStream.range(0, 3000).mapToObj(i -> "n" + i + ".example.com").toArray(String[]::new);

    assertThat(selfSigned(NOW).names()).isEmpty();
    assertThat(selfSigned(NOW, many).names()).containsExactly(many);
  }

  @Test
  void thePlaceholderWritesYearsAfter2049AsTheStandardSays() throws IOException {
    Instant late = Instant.parse("2049-12-31T23:00:00Z");

    Credential placeholder = selfSigned(late, "example.com");

    assertThat(placeholder.notBefore()).isEqualTo("2049-12-30T23:00:00Z");
    assertThat(placeholder.notAfter()).isEqualTo("2050-12-31T23:00:00Z");
  }

  @Test
  void lengthsOfEverySizeAreReadBack() throws Exception {
    for (int length : new int[] {0, 1, 127, 128, 129, 255, 256, 65_535, 65_536}) {
      byte[] content = new byte[length];
      new Random(length).nextBytes(content);

      assertThat(ASN1OctetString.getInstance(Der.octets(content)).getOctets()).isEqualTo(content);
    }
  }

  private Credential selfSigned(Instant now, String... names) {
    return Credential.selfSigned(List.of(names), InstantSource.fixed(now), random);
  }
}

package io.autotls.acme;

import static io.autotls.acme.TestPki.pem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.AcmeCertificateException.Fault;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CertificateChainTest {
  private static final TestPki PKI = new TestPki();
  private static final KeyPair KEY = AcmeKeys.generate();
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final X509Certificate LEAF =
      PKI.leaf(KEY, "example.com", "*.example.com", "192.0.2.1", "2001:db8::1");
  private static final String PEM = pem(LEAF, PKI.intermediate);

  @Test
  @DisplayName("F7 CRLF, blank lines and a missing last line end are fine")
  void toleratesLineEnds() {
    String other = ("\n\n" + PEM + "\n").replace("\n", "\r\n");

    assertThat(CertificateChain.ofPem(PEM).certificates()).hasSize(2);
    assertThat(CertificateChain.ofPem(other).certificates()).hasSize(2);
    assertThat(CertificateChain.ofPem(PEM.strip()).leaf()).isEqualTo(LEAF);
    assertThat(CertificateChain.ofPem(PEM).toPem()).isEqualTo(PEM);
  }

  @Test
  @DisplayName("F7 FT28 a private key in the chain is refused")
  void refusesPrivateKeys() {
    String key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    assertNoChain(PEM + key);
    assertNoChain(key + PEM);
    assertNoChain(PEM.replace("-----END CERTIFICATE-----", key));
  }

  @Test
  @DisplayName("F7 FT9 anything but whole certificates is refused")
  void refusesEverythingElse() {
    assertNoChain("");
    assertNoChain("<html></html>");
    assertNoChain("subject=example\n" + PEM);
    assertNoChain(PEM + "trailing");
    assertNoChain(PEM.substring(0, PEM.length() - 40));
    assertNoChain(PEM.substring(0, PEM.length() / 4));
    assertNoChain(PEM.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----"));
    assertNoChain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertNoChain("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    assertNoChain("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    assertNoChain(pem(LEAF).repeat(21));
  }

  @Test
  @DisplayName("F8 a certificate for this key with these names passes, and more names are fine")
  void rightCertificatePasses() throws Exception {
    CertificateChain chain = CertificateChain.ofPem(PEM);

    chain.verify(KEY.getPublic(), ids("example.com"), NOW);
    chain.verify(
        KEY.getPublic(), ids("*.example.com", "192.0.2.1", "2001:DB8:0::1", "EXAMPLE.com"), NOW);
  }

  @Test
  @DisplayName("F8 FT30 a certificate for another key is refused")
  void anotherKey() {
    assertFault(PEM, AcmeKeys.generate(), NOW, Fault.WRONG_KEY, "example.com");
  }

  @Test
  @DisplayName("F8 FT30 a certificate without a name is refused, and a wildcard is its own name")
  void missingName() {
    assertFault(PEM, KEY, NOW, Fault.MISSING_NAME, "example.com", "www.example.org");
    assertFault(PEM, KEY, NOW, Fault.MISSING_NAME, "192.0.2.2");
    assertFault(pem(PKI.leaf(KEY, "example.com")), KEY, NOW, Fault.MISSING_NAME, "*.example.com");
  }

  @Test
  @DisplayName("F8 FT30 an expired certificate is refused, one from the future is not (B38)")
  void expired() throws Exception {
    assertFault(PEM, KEY, TestPki.END, Fault.EXPIRED, "example.com");
    CertificateChain.ofPem(PEM)
        .verify(KEY.getPublic(), ids("example.com"), TestPki.START.minusSeconds(600));
  }

  @Test
  @DisplayName("F7 FT29 each certificate must be signed by the next; the root may be there")
  void chainMustHold() throws Exception {
    X509Certificate stranger = new TestPki().intermediate; // the same name, another key

    assertFault(pem(LEAF, PKI.root), KEY, NOW, Fault.BROKEN_CHAIN, "example.com");
    assertFault(pem(LEAF, stranger), KEY, NOW, Fault.BROKEN_CHAIN, "example.com");
    assertFault(pem(LEAF, PKI.root, PKI.intermediate), KEY, NOW, Fault.BROKEN_CHAIN, "example.com");
    assertFault(
        pem(LEAF, PKI.intermediateWithoutAuthority()), KEY, NOW, Fault.BROKEN_CHAIN, "example.com");
    assertFault(pem(LEAF, LEAF), KEY, NOW, Fault.BROKEN_CHAIN, "example.com");
    CertificateChain.ofPem(pem(LEAF, PKI.intermediate, PKI.root))
        .verify(KEY.getPublic(), ids("example.com"), NOW);
  }

  @Test
  @DisplayName("F9 the top issuer names the root, whether it is in the chain or not")
  @Tag("G2")
  void topIssuer() {
    assertThat(CertificateChain.ofPem(PEM).topIssuer()).isEqualTo("CN=Root");
    assertThat(CertificateChain.ofPem(pem(LEAF)).topIssuer()).isEqualTo("CN=Intermediate");
  }

  private static void assertNoChain(String pem) {
    assertThatThrownBy(() -> CertificateChain.ofPem(pem))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("not a certificate chain");
  }

  private static void assertFault(
      String pem, KeyPair key, Instant now, Fault fault, String... names) {
    CertificateChain chain = CertificateChain.ofPem(pem);
    assertThatThrownBy(() -> chain.verify(key.getPublic(), ids(names), now))
        .isInstanceOfSatisfying(
            AcmeCertificateException.class, e -> assertThat(e.fault()).isEqualTo(fault));
  }

  private static List<Identifier> ids(String... names) {
    return List.of(names).stream().map(Identifier::of).toList();
  }
}

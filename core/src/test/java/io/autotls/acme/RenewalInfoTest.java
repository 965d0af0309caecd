package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.html;
import static io.autotls.acme.ScriptedCa.json;
import static io.autotls.acme.ScriptedCa.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RenewalInfoTest {
  private static final KeyPair KEY = AcmeKeys.generate();
  private static final String ID = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
  private static final String WINDOW =
      "{\"suggestedWindow\":{\"start\":\"2026-12-01T00:00:00Z\","
          + "\"end\":\"2026-12-03T01:00:00.5+01:00\"},\"explanationURL\":\"https://ca.test/why\"}";

  private final ScriptedCa ca = new ScriptedCa();
  private final AcmeClient client = ca.client().build();
  private final X509Certificate certificate = certificateOfTheRfc();

  @AfterEach
  void close() {
    client.close();
    ca.close();
  }

  @Test
  @DisplayName("I1 the identifier of the certificate in RFC 9773 §4.1")
  void vectorOfTheRfc() {
    assertThat(RenewalInfo.certificateId(certificate)).contains(ID);
    assertThat(RenewalInfo.certificateId(ca.pki.leaf(KEY, "example.com")).orElseThrow())
        .matches("[A-Za-z0-9_-]{27}\\.[A-Za-z0-9_-]+");
  }

  @Test
  @DisplayName("I2 I3 an unsigned GET, with one slash, and what it tells")
  void window() throws Exception {
    ca.on("GET /renewalInfo/" + ID, json(200, WINDOW).setHeader("Retry-After", "21600"));

    RenewalInfo info = client.renewalInfo(certificate).orElseThrow();

    assertThat(info.start()).isEqualTo(Instant.parse("2026-12-01T00:00:00Z"));
    assertThat(info.end()).isEqualTo(Instant.parse("2026-12-03T00:00:00.5Z"));
    assertThat(info.explanation()).contains(URI.create("https://ca.test/why"));
    assertThat(info.retryAfter()).contains(Duration.ofHours(6));
  }

  @Test
  @DisplayName("I2 D6 the directory's URL may end with a slash, and may be on another host")
  void otherHost() throws Exception {
    try (ScriptedCa other = new ScriptedCa();
        AcmeClient both = ca.client().trustedRoots(List.of(ca.pki.root, other.pki.root)).build()) {
      ca.on(
          "GET /directory",
          json(
              200,
              ca.directory()
                  .replace(ca.url("/renewalInfo").toString(), other.url("/ari/").toString())));
      other.on("GET /ari/" + ID, json(200, WINDOW));

      assertThat(both.renewalInfo(certificate)).isPresent();
    }
  }

  @Test
  @DisplayName("I6 Retry-After is between a minute and a day")
  void clampedRetryAfter() throws Exception {
    ca.on(
        "GET /renewalInfo/" + ID,
        json(200, WINDOW).setHeader("Retry-After", "1"),
        json(200, WINDOW).setHeader("Retry-After", "999999"),
        json(200, WINDOW));

    assertThat(client.renewalInfo(certificate).orElseThrow().retryAfter())
        .contains(Duration.ofMinutes(1));
    assertThat(client.renewalInfo(certificate).orElseThrow().retryAfter())
        .contains(Duration.ofDays(1));
    assertThat(client.renewalInfo(certificate).orElseThrow().retryAfter()).isEmpty();
  }

  @Test
  @DisplayName("I4 I8 FT33 windows that end first, junk, and refusals are no windows")
  @Tag("PD22")
  void noWindows() {
    ca.on(
        "GET /renewalInfo/" + ID,
        json(200, WINDOW.replace("2026-12-01", "2026-12-09")),
        json(200, "{}"),
        json(200, WINDOW.replace("2026-12-03", "soon")),
        html(200),
        html(500));
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> client.renewalInfo(certificate))
          .isInstanceOf(AcmeServerException.class);
    }
    ca.on("GET /renewalInfo/" + ID, problem(404, "malformed", "not ours"));
    assertThatThrownBy(() -> client.renewalInfo(certificate))
        .isInstanceOf(AcmeProblemException.class);
  }

  @Test
  @DisplayName("I1 without an authority key identifier nothing is asked")
  void noAuthorityKeyIdentifier() throws Exception {
    X509Certificate plain = certificate(null);

    assertThat(client.renewalInfo(plain)).isEmpty();
    assertThat(ca.log()).isEmpty();
  }

  private static X509Certificate certificateOfTheRfc() {
    return certificate(
        new AuthorityKeyIdentifier(
            HexFormat.of().parseHex("69885b6b87464041e1b37b847ba0ae2cde01c8d4")));
  }

  private static X509Certificate certificate(@Nullable AuthorityKeyIdentifier authority) {
    try {
      X500Name name = new X500Name("CN=example.com");
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              new BigInteger("0087654321", 16),
              Date.from(TestPki.START),
              Date.from(TestPki.END),
              name,
              KEY.getPublic());
      if (authority != null) {
        builder.addExtension(Extension.authorityKeyIdentifier, false, authority);
      }
      byte[] der =
          builder
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(KEY.getPrivate()))
              .getEncoded();
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}

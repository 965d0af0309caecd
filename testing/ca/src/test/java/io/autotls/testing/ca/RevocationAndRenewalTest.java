package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RevocationAndRenewalTest {
  private final TestCa ca = TestCa.start();
  private final AcmeClient client = new AcmeClient(ca).register();
  private final KeyPair key = AcmeClient.ec();
  private final X509Certificate leaf;

  RevocationAndRenewalTest() {
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
    client.finish(client.readyOrder("a.example.com"), key, "a.example.com");
    leaf = ca.issued().get(0);
  }

  @AfterEach
  void stop() {
    ca.close();
  }

  private AcmeClient.Reply revoke(AcmeClient who, String reason) throws Exception {
    String certificate = AcmeClient.base64(leaf.getEncoded());
    return who.post(
        who.url("revokeCert"), "{\"certificate\":\"" + certificate + "\"" + reason + "}");
  }

  @Test
  void theAccountRevokesOnce() throws Exception {
    assertThat(revoke(client, ",\"reason\":7").problem()).isEqualTo("badRevocationReason");
    assertThat(revoke(client, ",\"reason\":4").status()).isEqualTo(200);

    assertThat(revoke(client, "").problem()).isEqualTo("alreadyRevoked");
    assertThat(ca.isRevoked(leaf)).isTrue();
  }

  @Test
  void theKeyOfTheCertificateMayRevokeIt() throws Exception {
    AcmeClient holder = new AcmeClient(ca);
    holder.key = key;

    assertThat(revoke(holder, "").status()).isEqualTo(200);
  }

  @Test
  void aStrangerMayNotRevoke() throws Exception {
    assertThat(revoke(new AcmeClient(ca).register(), "").problem()).isEqualTo("unauthorized");
  }

  private String certId() {
    byte[] aki = leaf.getExtensionValue("2.5.29.35");
    BigInteger serial = leaf.getSerialNumber();
    // OCTET STRING { SEQUENCE { [0] keyIdentifier } }: six bytes in front of the identifier
    return AcmeClient.base64(Arrays.copyOfRange(aki, 6, aki.length))
        + "."
        + AcmeClient.base64(serial.toByteArray());
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> window() {
    AcmeClient.Reply reply = client.get(client.url("renewalInfo") + "/" + certId());
    assertThat(reply.header("Retry-After")).isEqualTo("21600");
    return (Map<String, Object>) reply.json().get("suggestedWindow");
  }

  @Test
  void theWindowLiesAroundTwoThirdsOfTheLifetime() {
    Instant twoThirds = leaf.getNotBefore().toInstant().plus(Duration.ofDays(60));

    assertThat(Instant.parse((String) window().get("start")))
        .isBetween(twoThirds.minus(Duration.ofDays(1)), twoThirds);
    assertThat(Instant.parse((String) window().get("end")))
        .isBetween(twoThirds, twoThirds.plus(Duration.ofDays(1)));
  }

  @Test
  void theWindowOfARevokedCertificateHasPassed() {
    ca.revoke(leaf);

    assertThat(Instant.parse((String) window().get("end"))).isBefore(Instant.now());
  }

  @Test
  void theWindowCanBeSet() {
    Instant start = Instant.parse("2030-01-01T00:00:00Z");

    ca.renewalInfo().window(leaf, start, start.plusSeconds(60), URI.create("https://ca.test/why"));

    assertThat(window()).containsEntry("start", start.toString());
    assertThat(client.get(client.url("renewalInfo") + "/" + certId()).text("explanationURL"))
        .isEqualTo("https://ca.test/why");
  }

  private AcmeClient.Reply renewalInfo() {
    return client.get(client.url("renewalInfo") + "/" + certId());
  }

  @Test
  void theAnswerCanBeAnything() {
    ca.renewalInfo().body(leaf, "{\"suggestedWindow\":");
    assertThat(renewalInfo().http().body()).isEqualTo("{\"suggestedWindow\":");

    ca.renewalInfo().unknown(leaf);
    assertThat(renewalInfo().status()).isEqualTo(404);

    ca.renewalInfo().reversed(leaf);
    assertThat((String) window().get("start")).isGreaterThan((String) window().get("end"));

    ca.renewalInfo().past(leaf);
    assertThat(Instant.parse((String) window().get("end"))).isBefore(Instant.now());

    ca.renewalInfo().standard(leaf);
    assertThat(Instant.parse((String) window().get("start"))).isAfter(Instant.now());
  }

  @Test
  void retryAfterOfRenewalInfoCanBeMissing() {
    ca.renewalInfo().retryAfter(RetryAfter.none());

    assertThat(renewalInfo().header("Retry-After")).isNull();
  }

  @Test
  void renewalInfoMayBeElsewhere() {
    try (TestCa split = TestCa.builder().renewalInfoElsewhere().start()) {
      URI there = URI.create(new AcmeClient(split).url("renewalInfo"));

      assertThat(there.getHost()).isEqualTo("127.0.0.1");
      assertThat(there.getPort()).isNotEqualTo(split.directory().getPort());
      assertThat(new AcmeClient(split).get(there + "/AA.AA").status()).isEqualTo(404);
    }
  }

  @Test
  void replacesIsRefusedAsATestSays() {
    ca.renewalInfo().refuseReplaces(ProblemDocument.of(403, "unauthorized", "no"));
    assertThat(replace(client, "a.example.com", certId()).status()).isEqualTo(403);

    ca.renewalInfo().acceptReplaces();
    assertThat(replace(client, "a.example.com", certId()).status()).isEqualTo(201);
  }

  @Test
  void anUnknownCertificateHasNoWindow() {
    assertThat(client.get(client.url("renewalInfo") + "/AA.AA").status()).isEqualTo(404);
  }

  private AcmeClient.Reply replace(AcmeClient who, String name, String certId) {
    String more = ",\"replaces\":\"" + certId + "\"";
    return who.post(who.url("newOrder"), AcmeClient.orderPayload(more, name));
  }

  @Test
  void aCertificateIsReplacedOnce() {
    assertThat(replace(client, "a.example.com", certId()).text("replaces")).isEqualTo(certId());

    AcmeClient.Reply again = replace(client, "a.example.com", certId());

    assertThat(again.status()).isEqualTo(409);
    assertThat(again.problem()).isEqualTo("alreadyReplaced");
  }

  @Test
  void whatReplacesMustFit() {
    AcmeClient stranger = new AcmeClient(ca).register();

    assertThat(replace(client, "b.example.com", certId()).problem()).isEqualTo("malformed");
    assertThat(replace(client, "a.example.com", "AA.AA").status()).isEqualTo(404);
    assertThat(replace(stranger, "a.example.com", certId()).problem()).isEqualTo("unauthorized");
  }
}

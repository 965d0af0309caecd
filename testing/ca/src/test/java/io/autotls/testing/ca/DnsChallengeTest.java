package io.autotls.testing.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DnsChallengeTest {
  private static final Instant NOW = Instant.parse("2031-05-06T07:08:09Z");
  private static final String RECORD = "_validation-persist.example.com";

  private final TestCa ca =
      TestCa.builder().time(() -> NOW).challengeTypes("dns-account-01", "dns-persist-01").start();
  private final AcmeClient client = new AcmeClient(ca).register();

  DnsChallengeTest() {
    ca.validation(Processing.IN_REQUEST);
  }

  @AfterEach
  void stop() {
    ca.close();
  }

  private String persist(String name, String... records) {
    ca.dns().txt(RECORD, records);
    Map<String, Object> challenge = client.challenge(client.order(name), "dns-persist-01");
    return client.post((String) challenge.get("url"), "{}").text("status");
  }

  private String right() {
    return "ca.test; accounturi=" + client.kid;
  }

  @Test
  void aPersistentChallengeNamesTheIssuerInsteadOfAToken() {
    Map<String, Object> challenge = client.challenge(client.order("example.com"), "dns-persist-01");

    assertThat(challenge).doesNotContainKey("token");
    assertThat(challenge).containsEntry("issuer-domain-names", List.of("ca.test"));
  }

  @Test
  void aPersistentRecordProvesAName() {
    assertThat(persist("example.com", "other.test; accounturi=https://x.test/1", right()))
        .isEqualTo("valid");
  }

  @Test
  void aPersistentRecordMustNameIssuerAndAccount() {
    assertThat(persist("example.com", "other.test; accounturi=" + client.kid)).isEqualTo("invalid");
    assertThat(persist("example.com", right() + "0")).isEqualTo("invalid");
    assertThat(persist("example.com", "ca.test")).isEqualTo("invalid");
    assertThat(persist("example.com", right() + "; accounturi=" + client.kid)).isEqualTo("invalid");
  }

  @Test
  void aPersistentRecordAllowsWildcardsOnlyIfItSaysSo() {
    assertThat(persist("*.example.com", right())).isEqualTo("invalid");
    assertThat(persist("*.example.com", right() + "; policy=WildCard")).isEqualTo("valid");
  }

  @Test
  void aPersistentRecordMayEnd() {
    long now = NOW.getEpochSecond();
    assertThat(persist("example.com", right() + "; persistUntil=" + (now - 1)))
        .isEqualTo("invalid");
    assertThat(persist("example.com", right() + "; persistUntil=tomorrow")).isEqualTo("invalid");
    assertThat(persist("example.com", right() + ";persistUntil=" + now)).isEqualTo("valid");
  }

  @Test
  void anAccountHasItsOwnRecord() {
    Map<String, Object> challenge = client.challenge(client.order("example.com"), "dns-account-01");
    String value =
        AcmeClient.base64(
            AcmeClient.sha256(client.keyAuthorization((String) challenge.get("token"))));
    ca.dns().txt("_" + label(client.kid) + "._acme-challenge.example.com", value);

    assertThat(client.post((String) challenge.get("url"), "{}").text("status")).isEqualTo("valid");
  }

  @Test
  void theLabelOfAnAccountIsThatOfTheDraft() {
    assertThat(label("https://example.com/acme/acct/ExampleAccount")).isEqualTo("ujmmovf2vn55tgye");
  }

  /** The label, computed bit by bit: another way than that of the CA. */
  private static String label(String account) {
    byte[] digest = AcmeClient.sha256(account);
    StringBuilder bits = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      bits.append(Integer.toBinaryString((digest[i] & 0xff) | 0x100).substring(1));
    }
    StringBuilder label = new StringBuilder();
    for (int i = 0; i < 80; i += 5) {
      int digit = Integer.parseInt(bits.substring(i, i + 5), 2);
      label.append((char) (digit < 26 ? 'a' + digit : '2' + digit - 26));
    }
    return label.toString();
  }
}

package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.DnsChallenges.Scope;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DnsChallengesTest {
  private static final URI ACCOUNT = URI.create("https://example.com/acme/acct/ExampleAccount");

  @Test
  @DisplayName("C12 O9 dns-01: one name for a domain and its wildcard, the hash as the value")
  void dns01() {
    assertThat(DnsChallenges.dns01Name(Identifier.dns("*.Example.org")))
        .isEqualTo(DnsChallenges.dns01Name(Identifier.dns("example.org")))
        .isEqualTo("_acme-challenge.example.org");
    assertThat(DnsChallenges.value("abc"))
        .isEqualTo("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
        .hasSize(43);
    assertThatThrownBy(() -> DnsChallenges.dns01Name(Identifier.ip("192.0.2.1")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @DisplayName("DA1 dns-account-01: the label of the draft's example")
  void dnsAccount01() {
    assertThat(DnsChallenges.dnsAccount01Name(ACCOUNT, Identifier.dns("example.org")))
        .isEqualTo("_ujmmovf2vn55tgye._acme-challenge.example.org");
  }

  @Test
  @DisplayName("DP1 DP2 DP3 DP5 dns-persist-01: an issue-value without a semicolon at its end")
  void dnsPersist01() {
    assertThat(DnsChallenges.dnsPersist01Name(Identifier.dns("*.example.org")))
        .isEqualTo("_validation-persist.example.org");
    assertThat(DnsChallenges.dnsPersist01Value("ca.test", ACCOUNT, Scope.NAME, null))
        .isEqualTo("ca.test; accounturi=" + ACCOUNT);
    assertThat(
            DnsChallenges.dnsPersist01Value(
                "ca.test", ACCOUNT, Scope.WILDCARD, Instant.ofEpochSecond(1_800_000_000)))
        .isEqualTo("ca.test; accounturi=" + ACCOUNT + "; policy=wildcard; persistUntil=1800000000");
  }

  @Test
  @DisplayName("DP5 issuer names that are not canonical spoil the challenge, and nothing else")
  void issuerDomainNames() throws Exception {
    assertThat(challenge("[\"ca.test\",\"ca.example\"]").issuerDomainNames())
        .containsExactly("ca.test", "ca.example");
    for (String bad : new String[] {"[\"CA.test\"]", "[\"ca.test.\"]", "[\"a b\"]", "7", "[]"}) {
      assertThat(challenge(bad).issuerDomainNames()).isEmpty();
    }
  }

  @Test
  @DisplayName("M1 DA2 a CAA value names the account and the methods")
  void caa() {
    KeyPair key = AcmeKeys.generate();
    try (AcmeClient client = AcmeClient.builder(URI.create("https://ca.test/dir")).build()) {
      AcmeAccount account = client.account(key, ACCOUNT);

      assertThat(account.caaValue("ca.test")).isEqualTo("ca.test; accounturi=" + ACCOUNT);
      assertThat(account.caaValue("ca.test", "dns-01", "dns-account-01"))
          .endsWith("; validationmethods=dns-01,dns-account-01");
    }
  }

  private static AcmeChallenge challenge(String issuers) throws Exception {
    String json =
        "{\"type\":\"dns-persist-01\",\"url\":\"https://ca.test/c\",\"issuer-domain-names\":";
    return AcmeChallenge.parse(Json.parse((json + issuers + "}").getBytes(StandardCharsets.UTF_8)));
  }
}

package io.autotls.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  @Test
  void whoPrintsAChallengeShowsNoAnswer() {
    Challenge challenge =
        Challenge.builder("dns-01", "example.com")
            .wildcard()
            .token("the-token", "the-token.thumbprint")
            .build();

    assertThat(challenge).hasToString("Challenge[dns-01, *.example.com]");
  }

  @Test
  void aChallengeCanLiveWithoutAToken() {
    Challenge challenge =
        Challenge.builder("dns-persist-01", "example.com")
            .accountUrl(URI.create("https://ca.example/account/1"))
            .issuerDomainNames(List.of("ca.example"))
            .build();

    assertThat(challenge.token()).isEmpty();
    assertThat(challenge.accountUrl()).contains(URI.create("https://ca.example/account/1"));
    assertThat(challenge.issuerDomainNames()).containsExactly("ca.example");
    assertThatThrownBy(challenge::keyAuthorization)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("dns-persist-01");
  }

  /** The example of RFC 8555 §8.4 gives no value to compare with; this one is by OpenSSL. */
  @Test
  void theValueForTheDnsIsTheDigestOfTheKeyAuthorization() {
    Challenge challenge = Challenge.builder("dns-01", "example.com").token("a", "a.b").build();

    assertThat(challenge.dnsValue()).isEqualTo("LnM23I66h-9HLfVow1SCq_JXXcPl6sDFxiuP-urCyTQ");
  }

  @Test
  void aTokenOfOtherCharactersGetsNoFurther() {
    Challenge.Builder builder = Challenge.builder("http-01", "example.com");

    assertThatThrownBy(() -> builder.token("../secret", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }
}

package io.autotls.spi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChallengeTest {
  @Test
  void whoPrintsAChallengeShowsNoAnswer() {
    Challenge challenge =
        new Challenge("dns-01", "example.com", true, "the-token", "the-token.thumbprint");

    assertThat(challenge).hasToString("Challenge[dns-01, *.example.com]");
  }
}

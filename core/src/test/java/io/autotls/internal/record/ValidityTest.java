package io.autotls.internal.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.tls.Credential;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValidityTest {
  private static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");

  private final Credential credential =
      Credential.selfSigned(List.of("a.example"), InstantSource.fixed(NOW), new SecureRandom());

  @Test
  void itCountsFromWhenTheCertificateWasObtained() {
    assertThat(Validity.of(credential, NOW)).isEqualTo(new Validity(NOW, credential.notAfter()));
  }

  @Test
  void itDoesNotCountTheTimeBeforeTheCertificateBegins() {
    assertThat(Validity.of(credential, NOW.minus(Duration.ofDays(9))))
        .isEqualTo(new Validity(credential.notBefore(), credential.notAfter()));
  }

  @Test
  void aCertificateThatSeemsToHaveEndedAtItsBirthLastsAllTheSame() {
    Instant wrong = NOW.plus(Duration.ofDays(3650));

    assertThat(Validity.of(credential, wrong))
        .isEqualTo(new Validity(wrong, wrong.plus(credential.lifetime())));
  }
}

package io.autotls.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A year with a week without CA, a mass revocation and clocks that jump, for a few certificates.
 */
@WithCheapKeys
class SimulatedYearTest {
  private static final int CERTIFICATES = 20;

  @ParameterizedTest
  @ValueSource(ints = {45, 6})
  void noExpiredCertificateIsServedWhileTheCaCanBeReached(int days) {
    SimulatedYear.Report year = SimulatedYear.of(Duration.ofDays(days), CERTIFICATES).run();

    assertThat(year.expired()).isZero();
    assertThat(year.revoked()).isZero();
    assertThat(year.refused()).isZero();
    assertThat(year.violations()).isEmpty();
    assertThat(year.orders()).isBetween(CERTIFICATES * 365L / days, CERTIFICATES * 1100L / days);
  }
}

package io.autotls.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SimulatedClusterTest {
  private static CheapKeys keys;

  @BeforeAll
  static void openKeys() {
    keys = CheapKeys.open();
  }

  @AfterAll
  static void closeKeys() {
    keys.close();
  }

  @Test
  void ofFiveNodesOneOrdersEachCertificate() {
    SimulatedCluster.Report report = SimulatedCluster.of(5, 100).run();

    assertThat(report.orders()).isEqualTo(100);
    assertThat(report.missing()).isZero();
    assertThat(report.violations()).isEmpty();
  }
}

package io.autotls.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

@WithCheapKeys
class SimulatedClusterTest {
  @Test
  void ofFiveNodesOneOrdersEachCertificate() {
    SimulatedCluster.Report report = SimulatedCluster.of(5, 100).run();

    assertThat(report.orders()).isEqualTo(100);
    assertThat(report.missing()).isZero();
    assertThat(report.violations()).isEmpty();
  }
}

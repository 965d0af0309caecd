package io.autotls.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.KeyType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SimulationTest {
  private static CheapKeys cheap;

  @BeforeAll
  static void openKeys() {
    cheap = CheapKeys.open();
  }

  @AfterAll
  static void closeKeys() {
    cheap.close();
  }

  @Test
  void aSeedDoesTheSameAgain() {
    for (long seed = 1; seed <= 20; seed++) {
      Simulation simulation = Simulation.of(seed).keyType(KeyType.RSA_2048);

      assertThat(simulation.traced().digest()).isEqualTo(simulation.traced().digest());
    }
  }
}

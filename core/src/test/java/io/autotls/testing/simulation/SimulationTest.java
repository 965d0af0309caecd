package io.autotls.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.KeyType;
import org.junit.jupiter.api.Test;

@WithCheapKeys
class SimulationTest {
  @Test
  void aSeedDoesTheSameAgain() {
    for (long seed = 1; seed <= 20; seed++) {
      Simulation simulation = Simulation.of(seed).keyType(KeyType.RSA_2048);

      assertThat(simulation.traced().digest()).isEqualTo(simulation.traced().digest());
    }
  }
}

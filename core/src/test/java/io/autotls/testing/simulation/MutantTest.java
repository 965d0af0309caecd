package io.autotls.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulator is worth something only if it finds bugs: here are some. */
@WithCheapKeys
class MutantTest {
  private static final int SEEDS = 500;

  @ParameterizedTest
  @EnumSource
  void theSimulatorCatches(Mutant mutant) {
    Campaign.Result result =
        Campaign.of(1, SEEDS)
            .stress(mutant.stress())
            .keyType(mutant.stress().keyType())
            .wiring(mutant.wiring())
            .until(outcome -> isGivenAway(mutant, outcome))
            .run();

    assertThat(result.broken())
        .as("%s in %d schedules", mutant, result.schedules())
        .flatExtracting(Simulation.Outcome::violations)
        .extracting(Violation::rule)
        .containsAnyElementsOf(mutant.shows());
  }

  private static boolean isGivenAway(Mutant mutant, Simulation.Outcome outcome) {
    return outcome.violations().stream().map(Violation::rule).anyMatch(mutant.shows()::contains);
  }
}

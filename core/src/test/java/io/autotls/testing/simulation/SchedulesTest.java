package io.autotls.testing.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every promise of the engine, in schedules that seeds draw, under each kind of stress. A few of
 * them in every build; {@code -Dsimulation.schedules=10000} for more of each kind, and {@code
 * -Dsimulation.seed=…} for one with its trace; {@code -Dsimulation.stress=CLOCKS} for one kind.
 */
@WithCheapKeys
class SchedulesTest {
  private static final long FIRST = 1;
  private static final int SCHEDULES = 300;

  @ParameterizedTest
  @EnumSource
  void everyPromiseIsKeptInEverySchedule(Stress stress) {
    assumeTrue(System.getProperty("simulation.stress", stress.name()).equals(stress.name()));
    Long seed = Long.getLong("simulation.seed");
    Campaign campaign =
        seed != null
            ? Campaign.of(seed, 1)
            : Campaign.of(FIRST, Long.getLong("simulation.schedules", SCHEDULES));
    long begin = System.nanoTime();

    Campaign.Result result = campaign.stress(stress).keyType(stress.keyType()).run();

    System.out.printf(
        "SIMULATION: %s: %d schedules, %d orders, %d interrupted calls, %d broken, %d s%n",
        stress,
        result.schedules(),
        result.orders(),
        result.handoffs(),
        result.broken().size(),
        Duration.ofNanos(System.nanoTime() - begin).toSeconds());
    assertThat(result.broken()).as(() -> explained(result, stress)).isEmpty();
  }

  private static String explained(Campaign.Result result, Stress stress) {
    Simulation.Outcome first = result.broken().get(0);
    return first
        + "\n\nThe same again: mvn -q test -pl core -am -Dtest=SchedulesTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Dsimulation.seed="
        + first.seed()
        + " -Dsimulation.stress="
        + stress
        + "\n";
  }
}

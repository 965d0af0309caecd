package io.autotls.testing.simulation;

import io.autotls.KeyType;
import io.autotls.spi.OrderLimits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Many nodes that start at the same moment, on one empty storage, and want the same many
 * certificates.
 */
public final class SimulatedCluster {
  private static final Duration LOOK = Duration.ofMinutes(15);
  private static final Duration PATIENCE = Duration.ofDays(1);
  private static final double TURNS = 0.05;

  private final int nodes;
  private final int certificates;

  private SimulatedCluster(int nodes, int certificates) {
    this.nodes = nodes;
    this.certificates = certificates;
  }

  /** A cluster of that size. */
  public static SimulatedCluster of(int nodes, int certificates) {
    return new SimulatedCluster(nodes, certificates);
  }

  /**
   * What became of it.
   *
   * @param orders how many orders the CA got
   * @param missing how many certificates some node does not serve in the end
   * @param handoffs how often nodes took turns in the middle of a step
   * @param violations promises that were broken
   */
  public record Report(long orders, long missing, long handoffs, List<Violation> violations) {
    public Report {
      violations = List.copyOf(violations);
    }
  }

  /** Starts all, and lets time pass until all serve everything. */
  public Report run() {
    ExecutorService threads = Executors.newCachedThreadPool(Simulation::daemon);
    World world =
        new World(
            Plan.calm(nodes, certificates, Duration.ofDays(90), manners()).takingTurns(TURNS),
            nodes,
            KeyType.RSA_2048,
            Wiring.plain(),
            Trace.off(),
            Referee.Eye.HALF_CLOSED,
            threads);
    try {
      world.begin();
      long waited = 0;
      int missing = certificates;
      while (missing > 0 && waited < PATIENCE.toMinutes()) {
        world.scheduler().run(LOOK);
        waited += LOOK.toMinutes();
        missing = world.referee().badlyServed()[0];
      }
      return new Report(
          world.cas().get(0).orderCount(),
          missing,
          world.scheduler().handoffs(),
          world.referee().violations());
    } finally {
      world.end();
      threads.shutdown();
    }
  }

  private static Plan.Manners manners() {
    return new Plan.Manners(
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        Plan.OpenOrders.LISTED,
        OrderLimits.none(),
        Plan.Suggestions.NONE,
        Duration.ofDays(1));
  }
}

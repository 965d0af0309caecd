package io.autotls.testing.simulation;

import io.autotls.KeyType;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.OrderLimits.Exempt;
import io.autotls.spi.OrderLimits.Rule;
import io.autotls.spi.OrderLimits.Scope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A year in the life of one node with many certificates, with the limits of Let's Encrypt, renewal
 * information, and the days that every year has: a week in which the CA is down, a day on which it
 * revokes everything, and a clock that is a day ahead for some hours, and later a day behind.
 *
 * <p>Nothing random goes wrong; that is what {@link Simulation} is for.
 */
public final class SimulatedYear {
  private static final Duration YEAR = Duration.ofDays(365);
  private static final Duration LOOK = Duration.ofHours(3);

  private static final Duration CA_GOES_DOWN = Duration.ofDays(100);
  private static final Duration CA_STAYS_DOWN = Duration.ofDays(7);
  private static final Duration ALL_REVOKED = Duration.ofDays(200);
  private static final Duration CLOCK_AHEAD = Duration.ofDays(250);
  private static final Duration CLOCK_BEHIND = Duration.ofDays(300);
  private static final Duration CLOCK_STAYS_WRONG = Duration.ofHours(6);

  /**
   * A new installation fills up within the limits; after trouble of the CA all is in order again.
   */
  private static final Duration LONG_ENOUGH = Duration.ofDays(2);

  /** The published limits of Let's Encrypt. */
  private static final OrderLimits LETS_ENCRYPT =
      OrderLimits.of(
          List.of(
              Rule.of(Scope.ACCOUNT, 300, Duration.ofHours(3)).exempting(Exempt.RENEWALS),
              Rule.of(Scope.REGISTERED_DOMAIN, 50, Duration.ofDays(7)).exempting(Exempt.RENEWALS),
              Rule.of(Scope.NAME_SET, 5, Duration.ofDays(7)).exempting(Exempt.SUGGESTED_RENEWALS),
              Rule.of(Scope.FAILURES_OF_NAME, 5, Duration.ofHours(1))));

  private final Duration lifetime;
  private final int certificates;

  private SimulatedYear(Duration lifetime, int certificates) {
    this.lifetime = lifetime;
    this.certificates = certificates;
  }

  /** A year of so many certificates that live so long. */
  public static SimulatedYear of(Duration lifetime, int certificates) {
    return new SimulatedYear(lifetime, certificates);
  }

  /**
   * What became of it.
   *
   * @param orders how many orders the CA got
   * @param inquiries how often it was asked when it would like a renewal
   * @param refused how many orders it refused because of its limits
   * @param expired how often, at a look every three hours, a certificate was served that had
   *     expired, although the CA had been reachable for two days
   * @param revoked the same for certificates that had been revoked
   * @param violations other promises that were broken
   */
  public record Report(
      long orders,
      long inquiries,
      long refused,
      long expired,
      long revoked,
      List<Violation> violations) {
    public Report {
      violations = List.copyOf(violations);
    }
  }

  /**
   * Lets the year pass. Takes keys of {@link KeyType#RSA_2048}, so {@link CheapKeys} make it fast.
   */
  public Report run() {
    ExecutorService threads = Executors.newCachedThreadPool(Simulation::daemon);
    World world =
        new World(
            Plan.calm(1, certificates, lifetime, manners()),
            lifetime.toHours(),
            KeyType.RSA_2048,
            Wiring.plain(),
            Trace.off(),
            Referee.Eye.HALF_CLOSED,
            threads);
    try {
      world.begin();
      return pass(world);
    } finally {
      world.end();
      threads.shutdown();
    }
  }

  private static Plan.Manners manners() {
    return new Plan.Manners(
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        Plan.OpenOrders.REUSED,
        LETS_ENCRYPT,
        Plan.Suggestions.WINDOWS,
        Duration.ofDays(1));
  }

  private static Report pass(World world) {
    SimulatedCa ca = world.cas().get(0);
    Machine machine = world.machines().get(0);
    Scheduler scheduler = world.scheduler();
    scheduler.schedule(CA_GOES_DOWN, () -> ca.goDown(CA_STAYS_DOWN, null));
    scheduler.schedule(ALL_REVOKED, ca::revokeAll);
    wrong(scheduler, machine, CLOCK_AHEAD, Duration.ofDays(1));
    wrong(scheduler, machine, CLOCK_BEHIND, Duration.ofDays(-1));
    long expired = 0;
    long revoked = 0;
    for (Duration at = LOOK; at.compareTo(YEAR) <= 0; at = at.plus(LOOK)) {
      scheduler.run(LOOK);
      int[] bad = world.referee().badlyServed();
      expired += hadTime(at, Duration.ZERO) && hadTime(at, CA_GOES_DOWN) ? bad[0] : 0;
      revoked += hadTime(at, ALL_REVOKED) ? bad[1] : 0;
    }
    return new Report(
        ca.orderCount(),
        ca.inquiryCount(),
        ca.refusedForLimits(),
        expired,
        revoked,
        world.referee().violations());
  }

  private static void wrong(Scheduler scheduler, Machine machine, Duration at, Duration by) {
    scheduler.schedule(at, () -> machine.jump(by));
    scheduler.schedule(at.plus(CLOCK_STAYS_WRONG), machine::setRight);
  }

  /** Whether at {@code at} the trouble that began at {@code from} is over for long enough. */
  private static boolean hadTime(Duration at, Duration from) {
    Duration lasting = from.equals(CA_GOES_DOWN) ? CA_STAYS_DOWN : Duration.ZERO;
    return at.compareTo(from) < 0 || at.compareTo(from.plus(lasting).plus(LONG_ENOUGH)) >= 0;
  }
}

package io.autotls.testing.simulation;

import io.autotls.KeyType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A cluster of AutoTls nodes in which everything goes wrong, on a virtual clock, by a seed.
 *
 * <pre>{@code
 * Simulation.Outcome outcome = Simulation.of(4711).run();
 * assertThat(outcome.violations()).isEmpty();
 * }</pre>
 *
 * <p>The seed decides everything: how many nodes there are, how they take turns, which call to the
 * storage or the CA fails before or after it was done, where a process crashes or stands still for
 * longer than a lease lasts, which clock jumps. The same seed does the same again, so a schedule
 * that breaks a {@linkplain Violation.Rule promise} is run once more with a trace that tells how.
 *
 * <p>Nodes run on threads that pass a baton: never two at once. A simulation belongs to one thread;
 * several may run at the same time.
 */
public final class Simulation {
  private static final int TRACE_LINES = 600;

  private final long seed;
  private final Stress stress;
  private final KeyType keyType;
  private final Wiring wiring;

  private Simulation(long seed, Stress stress, KeyType keyType, Wiring wiring) {
    this.seed = seed;
    this.stress = stress;
    this.keyType = keyType;
    this.wiring = wiring;
  }

  /** The schedule of that seed. */
  public static Simulation of(long seed) {
    return new Simulation(seed, Stress.EVERYTHING, KeyType.EC_P256, Wiring.plain());
  }

  /** The same with more of that. {@link Stress#EVERYTHING} unless set. */
  public Simulation stress(Stress stress) {
    return new Simulation(seed, stress, keyType, wiring);
  }

  /** The same with keys of that kind. {@link KeyType#EC_P256} unless set. */
  public Simulation keyType(KeyType keyType) {
    return new Simulation(seed, stress, keyType, wiring);
  }

  /**
   * The same with something between the nodes and what they are given. {@link Wiring#plain} unless
   * set.
   */
  public Simulation wiring(Wiring wiring) {
    return new Simulation(seed, stress, keyType, wiring);
  }

  /**
   * What became of it.
   *
   * @param seed the seed
   * @param violations the promises that were broken; empty if all is well
   * @param trace what happened, the last lines; empty unless something was broken or a trace was
   *     asked for
   * @param orders how many orders the CAs got
   * @param handoffs how often a call was interrupted to let other nodes run
   * @param lasted how much virtual time passed
   * @param digest equal for runs in which the same happened; 0 without a trace
   */
  public record Outcome(
      long seed,
      List<Violation> violations,
      List<String> trace,
      int orders,
      long handoffs,
      Duration lasted,
      long digest) {
    /** All of it for people. */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("seed " + seed + ": ");
      text.append(violations.isEmpty() ? "nothing was broken" : violations.toString());
      trace.forEach(line -> text.append('\n').append(line));
      return text.toString();
    }
  }

  /** Runs the schedule, and once more with a trace if a promise was broken. */
  public Outcome run() {
    Outcome outcome = run(Trace.off());
    return outcome.violations().isEmpty() ? outcome : traced();
  }

  /** Runs the schedule with a trace. */
  public Outcome traced() {
    return run(Trace.ofLast(TRACE_LINES));
  }

  private Outcome run(Trace trace) {
    ExecutorService threads = Executors.newCachedThreadPool(Simulation::daemon);
    try {
      World world =
          new World(
              Plan.of(seed, stress), seed, keyType, wiring, trace, Referee.Eye.SHARP, threads);
      world.run();
      return new Outcome(
          seed,
          world.referee().violations(),
          trace.lines(),
          world.cas().stream().mapToInt(SimulatedCa::orderCount).sum(),
          world.scheduler().handoffs(),
          Duration.ofNanos(world.scheduler().nanos()),
          trace.digest());
    } finally {
      threads.shutdown();
    }
  }

  static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "autotls-simulation");
    thread.setDaemon(true);
    return thread;
  }
}

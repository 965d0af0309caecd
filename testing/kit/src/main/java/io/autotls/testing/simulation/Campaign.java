package io.autotls.testing.simulation;

import io.autotls.KeyType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Many {@linkplain Simulation simulations}, one for each seed of a range, on several threads. It
 * ends early once a few of them have broken something: what the first one tells is worth more than
 * how many others tell the same.
 *
 * <pre>{@code
 * Campaign.Result result = Campaign.of(1, 10_000).keyType(KeyType.RSA_2048).run();
 * }</pre>
 */
public final class Campaign {
  private static final int ENOUGH = 5;

  private final long first;
  private final long count;
  private final UnaryOperator<Simulation> setting;
  private final int threads;
  private final Predicate<Simulation.Outcome> sought;

  private Campaign(
      long first,
      long count,
      UnaryOperator<Simulation> setting,
      int threads,
      Predicate<Simulation.Outcome> sought) {
    this.first = first;
    this.count = count;
    this.setting = setting;
    this.threads = threads;
    this.sought = sought;
  }

  /** The schedules of {@code count} seeds from {@code first} on, on two threads. */
  public static Campaign of(long first, long count) {
    return new Campaign(first, count, UnaryOperator.identity(), 2, outcome -> false);
  }

  /** The same with keys of that kind. */
  public Campaign keyType(KeyType keyType) {
    return with(simulation -> setting.apply(simulation).keyType(keyType));
  }

  /** The same with something between the nodes and what they are given. */
  public Campaign wiring(Wiring wiring) {
    return with(simulation -> setting.apply(simulation).wiring(wiring));
  }

  /** The same with more of that. */
  public Campaign stress(Stress stress) {
    return with(simulation -> setting.apply(simulation).stress(stress));
  }

  /** The same on so many threads. */
  public Campaign threads(int threads) {
    return new Campaign(first, count, setting, threads, sought);
  }

  /** The same, until one is found that looks like that. */
  public Campaign until(Predicate<Simulation.Outcome> found) {
    return new Campaign(first, count, setting, threads, found);
  }

  private Campaign with(UnaryOperator<Simulation> changed) {
    return new Campaign(first, count, changed, threads, sought);
  }

  /**
   * What became of them.
   *
   * @param schedules how many ran
   * @param orders how many orders their CAs got
   * @param handoffs how often a call was interrupted to let others run
   * @param broken those that broke a promise, at most a few, in the order of their seeds
   */
  public record Result(
      long schedules, long orders, long handoffs, List<Simulation.Outcome> broken) {
    public Result {
      broken = List.copyOf(broken);
    }
  }

  /** Runs them. */
  public Result run() {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      Tally tally = new Tally();
      List<Future<?>> lanes = new ArrayList<>();
      IntStream.range(0, threads).forEach(i -> lanes.add(executor.submit(() -> run(tally))));
      for (Future<?> lane : lanes) {
        lane.get();
      }
      return tally.result();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a simulation could not be run", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      executor.shutdownNow();
    }
  }

  private void run(Tally tally) {
    for (long seed = tally.next(); seed < first + count; seed = tally.next()) {
      tally.add(setting.apply(Simulation.of(seed)).run());
    }
  }

  private final class Tally {
    private final AtomicLong next = new AtomicLong(first);
    private final List<Simulation.Outcome> broken = new ArrayList<>(); // guarded by this, as below
    private boolean found;
    private long schedules;
    private long orders;
    private long handoffs;

    private synchronized long next() {
      return found || broken.size() >= ENOUGH ? Long.MAX_VALUE : next.getAndIncrement();
    }

    private synchronized void add(Simulation.Outcome outcome) {
      schedules++;
      orders += outcome.orders();
      handoffs += outcome.handoffs();
      if (!outcome.violations().isEmpty()) {
        broken.add(outcome);
        found |= sought.test(outcome);
      }
    }

    private synchronized Result result() {
      broken.sort((a, b) -> Long.compare(a.seed(), b.seed()));
      return new Result(schedules, orders, handoffs, broken);
    }
  }
}

package io.autotls.testing.chaos;

import io.autotls.testing.chaos.FaultyFolder.Fault;
import io.autotls.testing.chaos.Node.State;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/**
 * Kills, stops, suspends and restarts nodes, and lets their storage fail, as a seed says. Three of
 * five nodes are always left alone, and between two faults of the storage there is time to recover.
 */
final class Troublemaker {
  private static final int LEFT_ALONE = 3;
  private static final Duration LONGEST_BOOT = Duration.ofSeconds(20);

  /** A lease may be taken over after 10 seconds. */
  private static final Duration BEYOND_THE_LEASE = Duration.ofSeconds(11);

  private static final Duration LONGEST_FAULT = Duration.ofSeconds(5);
  private static final Duration BETWEEN_FAULTS = Duration.ofSeconds(25);
  private static final Duration LONGEST_REST = Duration.ofSeconds(4);

  private final Cluster cluster;
  private final List<Fault> faults;
  private final Random random;
  private final DelayQueue<Remedy> remedies = new DelayQueue<>();
  private long nextFault;

  Troublemaker(Cluster cluster, FaultyFolder folder, Random random) {
    this.cluster = cluster;
    this.faults = folder.faults();
    this.random = random;
    this.nextFault = System.nanoTime() + BETWEEN_FAULTS.toNanos() / 5;
  }

  /** What has to be done at some time, since trouble was made. */
  private record Remedy(long at, FaultyFolder.Action action) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(at - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  /** Goes on for that long; then mends everything and waits until all nodes serve. */
  void makeTrouble(Duration time) throws IOException, InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    long next = System.nanoTime();
    while (System.nanoTime() < end) {
      long pause = Math.min(next, end) - System.nanoTime();
      Remedy due = remedies.poll(Math.max(0, pause), TimeUnit.NANOSECONDS);
      if (due != null) {
        due.action().run();
      } else if (System.nanoTime() < end) {
        once();
        next = System.nanoTime() + upTo(LONGEST_REST).toNanos();
      }
    }
    cluster.diary().note("no more trouble");
    while (!remedies.isEmpty()) {
      remedies.take().action().run();
    }
    for (Node node : cluster.nodes()) {
      if (!node.awaitServing(LONGEST_BOOT.multipliedBy(6))) {
        throw new AssertionError(node + " does not come up");
      }
    }
  }

  private void once() throws IOException, InterruptedException {
    List<Node> targets = cluster.in(State.SERVING);
    boolean faultPossible = !faults.isEmpty() && System.nanoTime() > nextFault;
    if (faultPossible && cluster.in(State.BOOTING).isEmpty() && random.nextInt(3) == 0) {
      failStorage();
    } else if (targets.size() > LEFT_ALONE) {
      hit(targets.get(random.nextInt(targets.size())));
    }
  }

  private void failStorage() throws IOException, InterruptedException {
    Fault fault = faults.get(random.nextInt(faults.size()));
    try {
      fault.begin().run();
    } catch (IOException e) {
      // A node that was suspended while it wrote keeps its file open, and the system refuses.
      cluster.diary().note("the storage cannot become %s: %s", fault.name(), e.getMessage());
      return;
    }
    cluster.diary().note("the storage is %s", fault.name());
    nextFault = Long.MAX_VALUE;
    after(
        upTo(LONGEST_FAULT),
        () -> {
          fault.end().run();
          cluster.diary().note("the storage is well again");
          nextFault = System.nanoTime() + BETWEEN_FAULTS.toNanos();
        });
  }

  private void hit(Node node) throws IOException, InterruptedException {
    switch (random.nextInt(3)) {
      case 0 -> {
        node.kill();
        after(upTo(LONGEST_REST), () -> cluster.start(node, upTo(LONGEST_BOOT)));
      }
      case 1 -> {
        node.terminate();
        after(upTo(LONGEST_REST), () -> cluster.start(node, upTo(LONGEST_BOOT)));
      }
      default -> {
        node.suspend();
        after(BEYOND_THE_LEASE.plus(upTo(LONGEST_REST)), node::resume);
      }
    }
  }

  private void after(Duration delay, FaultyFolder.Action action) {
    remedies.add(new Remedy(System.nanoTime() + delay.toNanos(), action));
  }

  private Duration upTo(Duration most) {
    return Duration.ofMillis(random.nextInt((int) most.toMillis()));
  }
}

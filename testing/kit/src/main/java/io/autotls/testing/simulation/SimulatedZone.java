package io.autotls.testing.simulation;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** A zone of the DNS whose servers follow late, and which outlives every process. */
final class SimulatedZone {
  private static final Duration LATEST = Duration.ofMinutes(10);

  private final Scheduler scheduler;
  private final SplittableRandom random;
  private final Map<String, Value> values = new HashMap<>(); // by token

  private record Value(long addedAt, long seenAt) {}

  SimulatedZone(Scheduler scheduler, SplittableRandom random) {
    this.scheduler = scheduler;
    this.random = random;
  }

  void add(String token) {
    long late = (long) (LATEST.toNanos() * random.nextDouble());
    long now = scheduler.nanos();
    values.putIfAbsent(token, new Value(now, now + (random.nextInt(4) == 0 ? 0 : late)));
  }

  /**
   * Takes a value away.
   *
   * @throws IOException if the provider fails, which it does now and then
   */
  void remove(String token) throws IOException {
    if (random.nextInt(8) == 0) {
      throw new IOException("the provider of the zone fails");
    }
    values.remove(token);
  }

  /** Whether every server has it. */
  boolean isSeen(String token) {
    Value value = values.get(token);
    return value != null && value.seenAt() <= scheduler.nanos();
  }

  /** A value that has stood there for longer than that. */
  Optional<String> olderThan(Duration age) {
    return values.entrySet().stream()
        .filter(one -> scheduler.nanos() - one.getValue().addedAt() > age.toNanos())
        .map(Map.Entry::getKey)
        .findFirst();
  }
}

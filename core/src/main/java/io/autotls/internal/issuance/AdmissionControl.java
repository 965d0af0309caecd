package io.autotls.internal.issuance;

import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.internal.queue.Resource;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Admits new attempts, so that thousands of names that are wanted at once do not become thousands
 * of open orders: a CA has to keep each of them, and visitors have nothing from an order that is
 * half done.
 *
 * <p>At most {@link #OPEN_AT_ONCE} attempts are open at once, at each issuer. One that ends makes
 * room for another, so a CA that is quick gets as many as it can take. One that does not end must
 * not keep out the others for ever: it counts less the older it is, and after {@link #FORGOTTEN}
 * not at all. So even behind thousands that hang there is room for a few new ones each second.
 *
 * <p>This counts what this node began since it was started. Safe for use by many threads.
 */
public final class AdmissionControl implements TaskQueue.Gate {
  static final int OPEN_AT_ONCE = 50;
  static final Duration FORGOTTEN = Duration.ofSeconds(30);

  private final CircuitBreakers breakers;
  private final TimeSource time;

  /** When each attempt began that is open, by issuer and then by spec; the oldest first. */
  private final Map<String, Map<String, Long>> open = new HashMap<>(); // guarded by this

  public AdmissionControl(CircuitBreakers breakers, TimeSource time) {
    this.breakers = breakers;
    this.time = time;
  }

  /** An attempt with this issuer has begun. */
  synchronized void begun(String issuer, String specId) {
    Map<String, Long> attempts = open.computeIfAbsent(issuer, id -> new LinkedHashMap<>());
    attempts.remove(specId);
    attempts.put(specId, time.nanos());
  }

  /** An attempt with this issuer came to its end, good or bad. */
  synchronized void ended(String issuer, String specId) {
    Map<String, Long> attempts = open.get(issuer);
    if (attempts != null) {
      attempts.remove(specId);
    }
  }

  @Override
  public synchronized int room(Resource resource, Instant now) {
    int room = breakers.room(resource);
    return resource.kind() == Resource.Kind.BEGINNING
        ? Math.min(room, (int) Math.max(0, places(resource.issuer())))
        : room;
  }

  private double places(String issuer) {
    Map<String, Long> attempts = open.getOrDefault(issuer, Map.of());
    long now = time.nanos();
    double taken = 0;
    for (Iterator<Long> begun = attempts.values().iterator(); begun.hasNext(); ) {
      long age = now - begun.next();
      if (age >= FORGOTTEN.toNanos()) {
        begun.remove();
      } else {
        taken += 1 - (double) age / FORGOTTEN.toNanos();
      }
    }
    return OPEN_AT_ONCE - taken;
  }

  @Override
  public synchronized Instant opensAt(Resource resource, Instant now) {
    if (breakers.room(resource) == 0) {
      return breakers.opensAt(resource.issuer(), now);
    }
    double missing = Math.max(0, 1 - places(resource.issuer()));
    int open = Math.max(1, this.open.getOrDefault(resource.issuer(), Map.of()).size());
    return now.plusMillis((long) Math.ceil(missing / open * FORGOTTEN.toMillis()));
  }
}

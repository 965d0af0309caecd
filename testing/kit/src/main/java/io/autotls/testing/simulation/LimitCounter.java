package io.autotls.testing.simulation;

import io.autotls.spi.Issuance;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.OrderLimits.Exempt;
import io.autotls.spi.OrderLimits.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Counts what a CA allows, each rule as a bucket that empties evenly: the CA's own reading of
 * {@link OrderLimits}, which shares no code with the ledger that AutoTls keeps.
 */
final class LimitCounter {
  private final OrderLimits limits;
  private final Map<String, Double> levels = new HashMap<>();
  private final Map<String, Long> seen = new HashMap<>();

  LimitCounter(OrderLimits limits) {
    this.limits = limits;
  }

  /** Counts an order, or says when there will be room for it. */
  Optional<Duration> admit(long nanos, Issuance work, boolean suggested) {
    List<String> counted = new ArrayList<>();
    Duration wait = Duration.ZERO;
    for (Rule rule : limits.rules()) {
      if (rule.scope() == OrderLimits.Scope.FAILURES_OF_NAME || isExempt(rule, work, suggested)) {
        continue;
      }
      for (String bucket : buckets(rule, work)) {
        double level = level(bucket, rule, nanos);
        if (level + 1 > rule.most() + 1e-6) {
          wait = longer(wait, room(rule, level + 1 - rule.most()));
        }
        counted.add(bucket);
      }
    }
    if (!wait.isZero()) {
      return Optional.of(wait);
    }
    counted.forEach(bucket -> levels.merge(bucket, 1.0, Double::sum));
    return Optional.empty();
  }

  private static boolean isExempt(Rule rule, Issuance work, boolean suggested) {
    boolean renewal = work.predecessor().isPresent();
    return (suggested && rule.exempt() != Exempt.NOTHING)
        || (renewal && rule.exempt() == Exempt.RENEWALS);
  }

  private static List<String> buckets(Rule rule, Issuance work) {
    String kind = rule.scope() + "/" + rule.most() + "/" + rule.window() + "/";
    return switch (rule.scope()) {
      case ACCOUNT -> List.of(kind);
      case NAME_SET -> List.of(kind + work.specId());
      default ->
          work.names().stream().map(LimitCounter::registered).distinct().map(kind::concat).toList();
    };
  }

  /** Simulated names are below {@code .example} or {@code .test}: two labels are registered. */
  private static String registered(String name) {
    String[] labels = name.split("\\.");
    return labels.length < 2 ? name : labels[labels.length - 2] + "." + labels[labels.length - 1];
  }

  private double level(String bucket, Rule rule, long nanos) {
    long before = seen.getOrDefault(bucket, nanos);
    double emptied = (nanos - before) * (double) rule.most() / rule.window().toNanos();
    double level = Math.max(0, levels.getOrDefault(bucket, 0.0) - emptied);
    levels.put(bucket, level);
    seen.put(bucket, nanos);
    return level;
  }

  private static Duration room(Rule rule, double missing) {
    return Duration.ofMillis(1 + (long) (missing * rule.window().toMillis() / rule.most()));
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}

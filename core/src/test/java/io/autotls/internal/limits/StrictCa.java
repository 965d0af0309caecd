package io.autotls.internal.limits;

import io.autotls.spi.Issuance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Let's Encrypt's limits once more, written down independently: buckets of tokens that refill
 * evenly, on the true time. Refuses what is one token too many.
 */
final class StrictCa {
  private static final double HAIR = 1e-6;
  private static final double DAY = 86_400;

  private final Map<String, double[]> tokens = new HashMap<>(); // how many, and since when
  int refused;
  int issued;

  /** An order at that second; {@code domainOf} says what the test knows of its names. */
  void order(double second, Issuance.Reason reason, Set<String> names, Set<String> domains) {
    boolean enough = true;
    if (reason == Issuance.Reason.FIRST) {
      enough &= take("account", second, 300, 10_800);
      for (String domain : domains) {
        enough &= take("domain " + domain, second, 50, 7 * DAY);
      }
    }
    if (reason != Issuance.Reason.SUGGESTED_RENEWAL) {
      enough &= take("set " + new TreeSet<>(names), second, 5, 7 * DAY);
      for (String name : names) {
        enough &= left("failures " + name, second, 5, 3_600) >= 1 - HAIR;
      }
    }
    if (enough) {
      issued++;
    } else {
      refused++;
    }
  }

  void failure(double second, String name) {
    take("failures " + name, second, 5, 3_600);
  }

  /** An order of the account alone. */
  void accountOrder(double second) {
    if (take("account", second, 300, 10_800)) {
      issued++;
    } else {
      refused++;
    }
  }

  private boolean take(String bucket, double second, double most, double window) {
    double left = left(bucket, second, most, window);
    boolean enough = left >= 1 - HAIR;
    tokens.put(bucket, new double[] {Math.max(0, enough ? left - 1 : left), second});
    return enough;
  }

  private double left(String bucket, double second, double most, double window) {
    double[] known = tokens.getOrDefault(bucket, new double[] {most, second});
    return Math.min(most, known[0] + (second - known[1]) * most / window);
  }

  static Set<String> set(List<String> names) {
    return names.stream().collect(Collectors.toCollection(TreeSet::new));
  }
}

package io.autotls.internal.limits;

import io.autotls.internal.text.Unknown;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.OrderLimits.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How full the buckets of one account were at a moment. An empty bucket has no line; so the size
 * goes with what was ordered lately, not with what was ever ordered.
 *
 * <p>What nodes of a newer version wrote besides is kept: headers as they are, lines of scopes that
 * are not known here until they would be empty.
 *
 * <p>Lines stand under a heading for each rule. Not safe for use by many threads: made anew for
 * each operation.
 */
final class Levels {
  /** Stands for all buckets of a rule: none of them is less full than this. */
  static final String EVERY_KEY = "*";

  /**
   * Half of {@link io.autotls.spi.Storage#MAX_VALUE_BYTES} and more: leaves room for encryption.
   */
  static final int MAX_BYTES = 320 * 1024;

  private static final int LINE_OVERHEAD = 12; // a space, the level, the end of the line

  private final Instant written;
  private final Map<String, Map<String, Long>> byHeading;
  private final Unknown unknown;

  Levels(Instant written, Map<String, Map<String, Long>> byHeading, Unknown unknown) {
    this.written = written;
    this.byHeading = byHeading;
    this.unknown = unknown;
  }

  static Levels empty(Instant now) {
    return new Levels(now, new TreeMap<>(), Unknown.NONE);
  }

  /** What nodes of a newer version wrote besides. */
  Unknown unknown() {
    return unknown;
  }

  /** By the clock of the node that wrote them. */
  Instant written() {
    return written;
  }

  Map<String, Map<String, Long>> byHeading() {
    return byHeading;
  }

  static String heading(Rule rule) {
    return rule.scope() + " " + rule.most() + " in " + rule.window();
  }

  private static String scope(String heading) {
    int space = heading.indexOf(' ');
    return space < 0 ? heading : heading.substring(0, space);
  }

  /**
   * The same as they are when {@code elapsed} milliseconds have passed, under the headings of the
   * rules of today.
   */
  Levels after(long elapsed, Instant now, List<Rule> rules) {
    Map<String, Map<String, Long>> result = new TreeMap<>();
    for (Rule rule : rules) {
      long capacity = Bucket.capacity(rule);
      // After so long every bucket is empty, however many there were.
      result.put(
          heading(rule),
          elapsed < capacity ? leaked(found(rule), elapsed, capacity) : new HashMap<>());
    }
    byHeading.forEach(
        (heading, lines) -> {
          if (!isKnownScope(heading)) {
            result.put(heading, leaked(lines, elapsed, Long.MAX_VALUE));
          }
        });
    return new Levels(now, result, unknown);
  }

  private static boolean isKnownScope(String heading) {
    return Stream.of(OrderLimits.Scope.values())
        .anyMatch(known -> known.name().equals(scope(heading)));
  }

  private static Map<String, Long> leaked(Map<String, Long> lines, long elapsed, long capacity) {
    Map<String, Long> result = new HashMap<>();
    lines.forEach(
        (key, level) -> {
          long left = Math.min(level, capacity) - elapsed;
          if (left > 0) {
            result.put(key, left);
          }
        });
    return result;
  }

  /**
   * The lines of a rule. If the issuer changed its rule since, those of the old one: a bucket that
   * was half full is taken to be about half full still.
   */
  private Map<String, Long> found(Rule rule) {
    Map<String, Long> exact = byHeading.get(heading(rule));
    if (exact != null) {
      return exact;
    }
    Map<String, Long> similar = new HashMap<>();
    byHeading.forEach(
        (heading, lines) -> {
          if (scope(heading).equals(rule.scope().name())) {
            lines.forEach((key, level) -> similar.merge(key, level, Math::max));
          }
        });
    return similar;
  }

  /**
   * Takes half of every bucket for used: what is left when nobody knows. Enough to go on with, too
   * little for a crash loop to do harm.
   */
  void assumeHalfUsed(List<Rule> rules) {
    for (Rule rule : rules) {
      lines(rule).merge(EVERY_KEY, Bucket.capacity(rule) / 2, Math::max);
    }
  }

  long level(Bucket bucket) {
    Map<String, Long> lines = lines(bucket.rule());
    return Math.max(lines.getOrDefault(bucket.key(), 0L), lines.getOrDefault(EVERY_KEY, 0L));
  }

  void pour(Bucket bucket) {
    long level = Math.min(level(bucket) + bucket.interval(), Bucket.capacity(bucket.rule()));
    lines(bucket.rule()).put(bucket.key(), level);
  }

  private Map<String, Long> lines(Rule rule) {
    return byHeading.computeIfAbsent(heading(rule), heading -> new HashMap<>());
  }

  /**
   * Forgets the buckets that are the least full, relative to their size, if there are too many to
   * be stored: a name ordered once is no danger, one that is ordered again and again stays.
   */
  void forgetLeastFull(List<Rule> rules) {
    long bytes = 0;
    for (Map<String, Long> lines : byHeading.values()) {
      for (String key : lines.keySet()) {
        bytes += bytes(key);
      }
    }
    if (bytes <= MAX_BYTES) {
      return;
    }
    List<Bucket> buckets = new ArrayList<>();
    for (Rule rule : rules) {
      lines(rule).keySet().forEach(key -> buckets.add(new Bucket(rule, key)));
    }
    buckets.sort(Comparator.comparingDouble(this::fullness));
    for (Bucket bucket : buckets) {
      if (bytes <= MAX_BYTES) {
        return;
      }
      lines(bucket.rule()).remove(bucket.key());
      bytes -= bytes(bucket.key());
    }
  }

  private double fullness(Bucket bucket) {
    long level = lines(bucket.rule()).getOrDefault(bucket.key(), 0L);
    return (double) level / Bucket.capacity(bucket.rule());
  }

  private static int bytes(String key) {
    return key.length() + LINE_OVERHEAD;
  }
}

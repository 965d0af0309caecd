package io.autotls.internal.limits;

import io.autotls.internal.text.Sha256;
import io.autotls.spi.Issuance;
import io.autotls.spi.OrderLimits.Rule;
import io.autotls.spi.OrderLimits.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;

/**
 * One leaky bucket: a rule, and whom it counts for. Each order pours in one {@link #interval}, and
 * time lets it out again, so the level is itself a time, in milliseconds: after that much time the
 * bucket is empty. One number per bucket says everything, however many orders there were.
 */
record Bucket(Rule rule, String key) {
  /**
   * The share of an account's orders that first certificates leave to renewals: one of so many,
   * rounded up. CAs exempt renewals under conditions that no client can check for sure; where one
   * counts after all, it must find room although a thousand new names wait.
   */
  static final int RESERVE_DIVISOR = 10;

  private static final int HASH_BYTES = 8;

  /** The buckets that an order has to find room in. */
  static List<Bucket> of(List<Rule> rules, List<String> names, Issuance.Reason reason) {
    List<Bucket> buckets = new ArrayList<>();
    for (Rule rule : rules) {
      if (counts(rule, reason)) {
        keys(rule.scope(), names).forEach(key -> buckets.add(new Bucket(rule, key)));
      }
    }
    return buckets;
  }

  /** The buckets that count the failed validations of a name. */
  static List<Bucket> ofFailure(List<Rule> rules, String name) {
    return rules.stream()
        .filter(rule -> rule.scope() == Scope.FAILURES_OF_NAME)
        .map(rule -> new Bucket(rule, RegisteredDomain.withoutWildcard(name)))
        .toList();
  }

  private static boolean counts(Rule rule, Issuance.Reason reason) {
    return switch (rule.exempt()) {
      case NOTHING -> true;
      case SUGGESTED_RENEWALS -> reason != Issuance.Reason.SUGGESTED_RENEWAL;
      case RENEWALS -> reason == Issuance.Reason.FIRST;
    };
  }

  private static List<String> keys(Scope scope, List<String> names) {
    return switch (scope) {
      case ACCOUNT -> List.of("account");
      case REGISTERED_DOMAIN -> names.stream().map(RegisteredDomain::of).distinct().toList();
      case NAME_SET -> List.of(nameSet(names));
      case FAILURES_OF_NAME ->
          names.stream().map(RegisteredDomain::withoutWildcard).distinct().toList();
    };
  }

  /** A set of names in eleven characters: a hash, since it may hold a hundred names. */
  static String nameSet(List<String> names) {
    String text = String.join(",", new TreeSet<>(names));
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(Sha256.of(text), HASH_BYTES));
  }

  /** Whether an order itself counts; failures are counted when they happen. */
  boolean countsOrders() {
    return rule.scope() != Scope.FAILURES_OF_NAME;
  }

  /** After how many milliseconds room for one more comes back; rounded up. */
  long interval() {
    return interval(rule);
  }

  static long interval(Rule rule) {
    return Math.max(1, -Math.floorDiv(-rule.window().toMillis(), (long) rule.most()));
  }

  static long capacity(Rule rule) {
    return interval(rule) * rule.most();
  }

  /**
   * How long an order has to wait if the bucket is as full as that; zero or less for not at all.
   */
  long wait(long level, Issuance.Reason reason) {
    return level + interval() - interval() * room(reason);
  }

  /** How many fit at once. */
  private int room(Issuance.Reason reason) {
    boolean reserves = rule.scope() == Scope.ACCOUNT && reason == Issuance.Reason.FIRST;
    int reserved = reserves ? (rule.most() + RESERVE_DIVISOR - 1) / RESERVE_DIVISOR : 0;
    return Math.max(1, rule.most() - reserved);
  }

  /** The rule, and for whom, in words. */
  String inWords() {
    String counted =
        switch (rule.scope()) {
          case ACCOUNT -> "orders of one account";
          case REGISTERED_DOMAIN -> "certificates for " + key + " and the names below it";
          case NAME_SET -> "certificates for exactly these names";
          case FAILURES_OF_NAME -> "failed validations of " + key;
        };
    return rule.most() + " " + counted + " in " + inWords(rule.window());
  }

  static String inWords(Duration duration) {
    Duration rest = duration.plusMillis(duration.getNano() == 0 ? 0 : 999);
    StringBuilder text = new StringBuilder();
    append(text, rest.toDays(), "d");
    append(text, rest.toHoursPart(), "h");
    append(text, rest.toMinutesPart(), "min");
    append(text, rest.toSecondsPart(), "s");
    return text.length() == 0 ? "less than a second" : text.toString();
  }

  private static void append(StringBuilder text, long number, String unit) {
    if (number > 0) {
      text.append(text.length() == 0 ? "" : " ").append(number).append(' ').append(unit);
    }
  }
}

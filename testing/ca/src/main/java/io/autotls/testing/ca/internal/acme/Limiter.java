package io.autotls.testing.ca.internal.acme;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Rate limits after those of Let's Encrypt: buckets that fill again evenly. None is set at first.
 *
 * <p>An order is checked against all limits when it is placed. It counts for its account at once,
 * for domains and sets of names when the certificate is issued.
 */
public final class Limiter {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** What is limited. */
  public enum Limit {
    ACCOUNTS("accounts registered from this IP address"),
    ORDERS_PER_ACCOUNT("new orders from this account"),
    CERTIFICATES_PER_DOMAIN("certificates issued for this registered domain"),
    CERTIFICATES_PER_NAMES("certificates issued for this exact set of identifiers"),
    FAILED_VALIDATIONS("failed authorizations for this identifier and account");

    private final String what;

    Limit(String what) {
      this.what = what;
    }
  }

  /** How far an order is exempt. */
  enum Exemption {
    NONE,
    /** The same names had a certificate before: neither account nor domain count. */
    RENEWAL,
    /** It replaces a certificate inside its window (RFC 9773): nothing counts. */
    REPLACEMENT
  }

  private record Allowance(int count, Duration period) {
    Duration interval() {
      return period.dividedBy(count);
    }
  }

  private record Bucket(Limit limit, String subject) {}

  private final InstantSource time;
  private final Map<Limit, Allowance> allowances = new EnumMap<>(Limit.class);
  // When the bucket would be full again, as in the generic cell rate algorithm.
  private final Map<Bucket, Instant> fullAt = new HashMap<>();
  private final List<String> violations = new ArrayList<>();

  public Limiter(InstantSource time) {
    this.time = time;
  }

  public synchronized void allow(Limit limit, int count, Duration period) {
    allowances.put(limit, new Allowance(count, period));
  }

  public synchronized void clear() {
    allowances.clear();
    fullAt.clear();
    violations.clear();
  }

  /** What was refused, in words. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  synchronized void register(String address) throws ProblemException {
    check(Limit.ACCOUNTS, address);
    spend(Limit.ACCOUNTS, address);
  }

  synchronized void place(Account account, List<Identifier> names, Exemption exemption)
      throws ProblemException {
    for (Identifier name : names) {
      check(Limit.FAILED_VALIDATIONS, account.id() + " " + name.base());
    }
    if (exemption != Exemption.REPLACEMENT) {
      check(Limit.CERTIFICATES_PER_NAMES, set(names));
    }
    if (exemption == Exemption.NONE) {
      check(Limit.ORDERS_PER_ACCOUNT, account.id());
      for (String domain : domains(names)) {
        check(Limit.CERTIFICATES_PER_DOMAIN, domain);
      }
      spend(Limit.ORDERS_PER_ACCOUNT, account.id());
    }
  }

  synchronized void noteIssued(List<Identifier> names, Exemption exemption) {
    if (exemption != Exemption.REPLACEMENT) {
      spend(Limit.CERTIFICATES_PER_NAMES, set(names));
    }
    if (exemption == Exemption.NONE) {
      domains(names).forEach(domain -> spend(Limit.CERTIFICATES_PER_DOMAIN, domain));
    }
  }

  synchronized void noteFailure(Account account, Identifier name) {
    spend(Limit.FAILED_VALIDATIONS, account.id() + " " + name.base());
  }

  private void check(Limit limit, String subject) throws ProblemException {
    Allowance allowance = allowances.get(limit);
    if (allowance == null) {
      return;
    }
    Instant now = time.instant();
    Instant free = next(limit, subject, allowance, now).minus(allowance.period());
    if (free.isAfter(now)) {
      violations.add(limit + " " + subject + " at " + now);
      throw refusal(limit, allowance, now, free).asException();
    }
  }

  private static Problem refusal(Limit limit, Allowance allowance, Instant now, Instant free) {
    long seconds = Duration.between(now, free).plusMillis(999).toSeconds();
    String detail =
        "too many %s (%d) in the last %s, retry after %s"
            .formatted(
                limit.what,
                allowance.count(),
                allowance.period(),
                TIME.format(free.plusSeconds(1)));
    return Problem.of(429, "rateLimited", detail)
        .withHeader("Retry-After", Long.toString(seconds))
        .withHeader("Link", Replies.link("https://ca.test/docs/rate-limits", "help"));
  }

  private void spend(Limit limit, String subject) {
    Allowance allowance = allowances.get(limit);
    if (allowance != null) {
      Instant next = next(limit, subject, allowance, time.instant());
      fullAt.put(new Bucket(limit, subject), next);
    }
  }

  /** When the bucket would be full again if one more was taken now. */
  private Instant next(Limit limit, String subject, Allowance allowance, Instant now) {
    Instant full = fullAt.getOrDefault(new Bucket(limit, subject), now);
    return (full.isBefore(now) ? now : full).plus(allowance.interval());
  }

  private static String set(Collection<Identifier> names) {
    return names.stream().map(Identifier::value).sorted().collect(Collectors.joining(","));
  }

  private static Set<String> domains(List<Identifier> names) {
    return names.stream().map(Limiter::domain).collect(Collectors.toCollection(TreeSet::new));
  }

  // The last two labels: a test that wants co.uk to be a public suffix is better off with a script.
  private static String domain(Identifier name) {
    if (name.isIp()) {
      return name.value();
    }
    String base = name.base();
    int dot = base.lastIndexOf('.', base.lastIndexOf('.') - 1);
    return base.substring(dot + 1);
  }
}

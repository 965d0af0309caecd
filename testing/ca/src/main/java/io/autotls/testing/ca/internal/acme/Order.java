package io.autotls.testing.ca.internal.acme;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** An order (RFC 8555 §7.1.3). Guarded by the ledger's lock. */
public final class Order {
  /** What the client asked for; null for what it did not mention. */
  public record Wish(
      List<Identifier> identifiers,
      @Nullable Instant notBefore,
      @Nullable Instant notAfter,
      @Nullable String profile,
      @Nullable String replaces) {
    public Wish {
      identifiers = List.copyOf(identifiers);
    }
  }

  private final String id;
  private final Account account;
  private final Wish wish;
  private final List<Authorization> authorizations;
  private final Instant created;
  private final Instant expires;
  private String status = "pending";
  private Limiter.Exemption exemption = Limiter.Exemption.NONE;
  private @Nullable Problem error; // null unless it is invalid
  private @Nullable IssuedCertificate certificate; // null until it is valid

  Order(
      String id,
      Account account,
      Wish wish,
      List<Authorization> authorizations,
      Instant created,
      Instant expires) {
    this.id = id;
    this.account = account;
    this.wish = wish;
    this.authorizations = List.copyOf(authorizations);
    this.created = created;
    this.expires = expires;
  }

  public String id() {
    return id;
  }

  public Account account() {
    return account;
  }

  public Wish wish() {
    return wish;
  }

  public Instant created() {
    return created;
  }

  public Optional<IssuedCertificate> certificate() {
    return Optional.ofNullable(certificate);
  }

  public Optional<Problem> error() {
    return Optional.ofNullable(error);
  }

  List<Authorization> authorizations() {
    return authorizations;
  }

  Limiter.Exemption exemption() {
    return exemption;
  }

  void exemption(Limiter.Exemption granted) {
    exemption = granted;
  }

  boolean isFor(Set<Identifier> identifiers) {
    return Set.copyOf(wish.identifiers()).equals(identifiers);
  }

  /** Status at this time: follows the authorizations until the order is processed. */
  public String status(Instant now) {
    if (status.equals("pending") || status.equals("ready")) {
      List<String> states = authorizations.stream().map(a -> a.status(now)).toList();
      if (!now.isBefore(expires)) {
        fail(Problem.of(400, "malformed", "the order expired at " + expires));
      } else if (states.stream().anyMatch(s -> !s.equals("valid") && !s.equals("pending"))) {
        fail(failedAuthorizations(now));
      } else if (!states.contains("pending")) {
        status = "ready";
      }
    }
    return status;
  }

  private Problem failedAuthorizations(Instant now) {
    List<Map<String, Object>> parts = new ArrayList<>();
    Problem first = null;
    for (Authorization authorization : authorizations) {
      Problem problem = authorization.problem();
      if (problem == null && !Set.of("valid", "pending").contains(authorization.status(now))) {
        problem =
            Problem.of(403, "unauthorized", "the authorization is " + authorization.status(now));
      }
      if (problem != null) {
        parts.add(problem.about(authorization.identifier()));
        first = first == null ? problem : first;
      }
    }
    if (first == null) {
      throw new IllegalStateException("no authorization failed");
    }
    return Problem.of(first.status(), first.type(), first.detail()).withSubproblems(parts);
  }

  void process() {
    status = "processing";
  }

  void issue(IssuedCertificate issued) {
    status = "valid";
    certificate = issued;
  }

  void fail(Problem problem) {
    status = "invalid";
    error = problem;
  }

  Map<String, Object> toJson(Urls urls, Instant now, RandomGenerator random) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", status(now));
    json.put("expires", expires.toString());
    json.put(
        "identifiers",
        shuffled(wish.identifiers(), random).stream().map(Identifier::toJson).toList());
    json.put(
        "authorizations",
        shuffled(authorizations, random).stream().map(urls::authorization).toList());
    json.put("finalize", urls.finalizeOf(this));
    putIfPresent(json, "notBefore", wish.notBefore());
    putIfPresent(json, "notAfter", wish.notAfter());
    putIfPresent(json, "profile", wish.profile());
    putIfPresent(json, "replaces", wish.replaces());
    if (error != null) {
      json.put("error", error.toJson());
    }
    if (certificate != null) {
      json.put("certificate", urls.certificate(certificate));
    }
    return json;
  }

  private static void putIfPresent(Map<String, Object> json, String name, @Nullable Object value) {
    if (value != null) {
      json.put(name, value.toString());
    }
  }

  // RFC 8555 promises no order of these arrays: a client must not rely on one.
  static <T> List<T> shuffled(List<T> list, RandomGenerator random) {
    List<T> copy = new ArrayList<>(list);
    for (int i = copy.size() - 1; i > 0; i--) {
      Collections.swap(copy, i, random.nextInt(i + 1));
    }
    return copy;
  }
}

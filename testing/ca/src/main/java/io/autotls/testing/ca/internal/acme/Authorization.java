package io.autotls.testing.ca.internal.acme;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An authorization (RFC 8555 §7.1.4). Guarded by the ledger's lock. */
final class Authorization {
  private final String id;
  private final Account account;
  private final Identifier identifier;
  private final List<Challenge> challenges = new ArrayList<>();
  private Instant expires;
  private String status = "pending";
  private boolean preAuthorization;
  private @Nullable Problem problem; // null unless a challenge failed

  Authorization(String id, Account account, Identifier identifier, Instant expires) {
    this.id = id;
    this.account = account;
    this.identifier = identifier;
    this.expires = expires;
  }

  String id() {
    return id;
  }

  Account account() {
    return account;
  }

  void checkOwner(Account asking) throws ProblemException {
    if (!account.equals(asking)) {
      throw Problem.unauthorized("the authorization belongs to another account");
    }
  }

  Identifier identifier() {
    return identifier;
  }

  List<Challenge> challenges() {
    return challenges;
  }

  @Nullable Problem problem() {
    return problem;
  }

  /**
   * Status at this time: a pending one that nobody answered becomes invalid, a valid one expires.
   */
  String status(Instant now) {
    if (!now.isBefore(expires)) {
      if (status.equals("pending")) {
        status = "invalid";
      } else if (status.equals("valid")) {
        status = "expired";
      }
    }
    return status;
  }

  /** Whether nothing will become of it any more. */
  boolean isOver(Instant now) {
    return !status(now).equals("pending") && !status.equals("valid");
  }

  void pass(Instant until) {
    if (status.equals("pending")) {
      status = "valid";
      expires = until;
    }
  }

  void fail(Problem cause) {
    if (status.equals("pending")) {
      status = "invalid";
      problem = cause;
    }
  }

  boolean isPreAuthorization() {
    return preAuthorization;
  }

  void markAsPreAuthorization() {
    preAuthorization = true;
  }

  void deactivate() {
    status = "deactivated";
  }

  Map<String, Object> toJson(Urls urls, Instant now) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", status(now));
    json.put("expires", expires.toString());
    json.put("identifier", new Identifier(identifier.type(), identifier.base()).toJson());
    json.put(
        "challenges",
        challenges.stream()
            .filter(c -> status.equals("pending") || !c.status().equals("pending"))
            .map(c -> c.toJson(urls))
            .toList());
    if (identifier.isWildcard()) {
      json.put("wildcard", true);
    }
    return json;
  }
}

package io.autotls.testing.ca.internal.acme;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A challenge (RFC 8555 §7.1.5). Guarded by the ledger's lock. */
final class Challenge {
  private final String id;
  private final ChallengeOffer offer;
  private final Authorization authorization;
  private String status = "pending";
  private @Nullable Instant validated; // null until it is valid
  private @Nullable Problem error; // null unless the last look failed

  Challenge(String id, ChallengeOffer offer, Authorization authorization) {
    this.id = id;
    this.offer = offer;
    this.authorization = authorization;
  }

  String id() {
    return id;
  }

  String type() {
    return offer.type();
  }

  String token() {
    return offer.token();
  }

  Authorization authorization() {
    return authorization;
  }

  String status() {
    return status;
  }

  @Nullable Problem error() {
    return error;
  }

  void process() {
    status = "processing";
  }

  boolean isProcessing() {
    return status.equals("processing");
  }

  /** Whether a look failed and the CA looks again by itself (RFC 8555 §8.2). */
  boolean isRetrying() {
    return isProcessing() && error != null;
  }

  /** Says why the last look failed; there will be another. */
  void note(Problem problem) {
    error = problem;
  }

  void pass(Instant now, Instant expires) {
    status = "valid";
    validated = now;
    error = null;
    authorization.pass(expires);
  }

  /** Fails without an effect on the authorization. */
  void fail(Problem problem) {
    status = "invalid";
    error = problem;
  }

  Map<String, Object> toJson(Urls urls) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", offer.type());
    json.put("url", urls.challenge(this));
    json.put("status", status);
    json.putAll(offer.members());
    if (validated != null) {
      json.put("validated", validated.toString());
    }
    if (error != null) {
      json.put("error", error.toJson());
    }
    return json;
  }
}

package io.autotls.testing.ca.internal.acme;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A challenge (RFC 8555 §7.1.5). Guarded by the ledger's lock. */
final class Challenge {
  private final String id;
  private final String type;
  private final String token;
  private final Authorization authorization;
  private String status = "pending";
  private @Nullable Instant validated; // null until it is valid
  private @Nullable Problem error; // null unless it is invalid

  Challenge(String id, String type, String token, Authorization authorization) {
    this.id = id;
    this.type = type;
    this.token = token;
    this.authorization = authorization;
  }

  String id() {
    return id;
  }

  String type() {
    return type;
  }

  String token() {
    return token;
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

  void pass(Instant now, Instant expires) {
    status = "valid";
    validated = now;
    authorization.pass(expires);
  }

  void fail(Problem problem) {
    status = "invalid";
    error = problem;
    authorization.fail(problem);
  }

  Map<String, Object> toJson(Urls urls) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", type);
    json.put("url", urls.challenge(this));
    json.put("status", status);
    json.put("token", token);
    if (validated != null) {
      json.put("validated", validated.toString());
    }
    if (error != null) {
      json.put("error", error.toJson());
    }
    return json;
  }
}

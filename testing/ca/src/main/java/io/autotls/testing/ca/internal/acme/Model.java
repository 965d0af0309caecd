package io.autotls.testing.ca.internal.acme;

import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the CA remembers. All of it is guarded by the server that owns it. */
final class Model {
  final Map<String, Account> accounts = new LinkedHashMap<>();
  final Map<String, Order> orders = new LinkedHashMap<>();
  final Map<String, Authorization> authorizations = new LinkedHashMap<>();
  final Map<String, Challenge> challenges = new LinkedHashMap<>();
  final Map<String, Issued> certificates = new LinkedHashMap<>();

  /** What is to be proven. */
  record Identifier(String type, String value) {
    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("type", type);
      json.put("value", value);
      return json;
    }

    boolean isIp() {
      return type.equals("ip");
    }
  }

  static final class Account {
    final String id;
    final PublicKey key;
    final String thumbprint;
    List<String> contacts = List.of();
    String status = "valid";

    Account(String id, PublicKey key, String thumbprint) {
      this.id = id;
      this.key = key;
      this.thumbprint = thumbprint;
    }
  }

  static final class Order {
    final String id;
    final Account account;
    final List<Identifier> identifiers;
    final List<Authorization> authorizations = new ArrayList<>();
    final @Nullable String profile;
    final Instant created;
    final Instant expires;
    String status = "pending";
    @Nullable Map<String, Object> error;
    @Nullable Issued certificate;

    Order(
        String id,
        Account account,
        List<Identifier> identifiers,
        @Nullable String profile,
        Instant created,
        Instant expires) {
      this.id = id;
      this.account = account;
      this.identifiers = identifiers;
      this.profile = profile;
      this.created = created;
      this.expires = expires;
    }
  }

  static final class Authorization {
    final String id;
    final Account account;
    final Identifier identifier;
    final boolean wildcard;
    final Instant expires;
    final List<Challenge> challenges = new ArrayList<>();
    String status = "pending";

    Authorization(
        String id, Account account, Identifier identifier, boolean wildcard, Instant expires) {
      this.id = id;
      this.account = account;
      this.identifier = identifier;
      this.wildcard = wildcard;
      this.expires = expires;
    }
  }

  static final class Challenge {
    final String id;
    final Authorization authorization;
    final String type;
    final String token;
    String status = "pending";
    @Nullable Map<String, Object> error;

    Challenge(String id, Authorization authorization, String type, String token) {
      this.id = id;
      this.authorization = authorization;
      this.type = type;
      this.token = token;
    }
  }

  record Issued(String id, Account account, List<X509Certificate> chain) {}
}

package io.autotls.testing.ca.internal.acme;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A challenge that an authorization offers: its type, and what else its JSON says. */
record ChallengeOffer(String type, Map<String, Object> members) {
  ChallengeOffer {
    members = new LinkedHashMap<>(members);
  }

  /** The usual form (RFC 8555 §8): something nobody can guess. */
  static ChallengeOffer withToken(String type, String token) {
    return new ChallengeOffer(type, Map.of("token", token));
  }

  /**
   * dns-persist-01 as Pebble 2.10 sends it, after draft-ietf-acme-dns-persist-01: no token, and the
   * names by which the CA goes in the record.
   */
  static ChallengeOffer persistent(String type, List<String> issuers) {
    return new ChallengeOffer(type, Map.of("issuer-domain-names", issuers));
  }

  String token() {
    return String.valueOf(members.getOrDefault("token", ""));
  }
}

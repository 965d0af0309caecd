package io.autotls.testing.ca;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Usual changes of a JSON object, for {@link FaultScript#rewriteJson}: what real CAs send, and RFC
 * 8555 allows or nearly so.
 *
 * <pre>{@code
 * ca.on(Endpoint.DIRECTORY).always().rewriteJson(JsonRewrite.without("meta", "keyChange"));
 * ca.on(Endpoint.AUTHORIZATION).always().rewriteJson(JsonRewrite.challengesWithoutToken());
 * }</pre>
 */
public final class JsonRewrite {
  private JsonRewrite() {}

  /** Removes members. */
  public static UnaryOperator<Map<String, Object>> without(String... members) {
    return changed(json -> List.of(members).forEach(json::remove));
  }

  /** Sets a member to any value of JSON. */
  public static UnaryOperator<Map<String, Object>> with(String member, Object value) {
    return changed(json -> json.put(member, value));
  }

  /** Adds members that nobody knows, of every JSON type; a client must ignore them. */
  public static UnaryOperator<Map<String, Object>> oddMembers() {
    return changed(
        json -> {
          json.put("x-object", Map.of("newOrder", "https://elsewhere.test/"));
          json.put("x-array", List.of(1L, "two", List.of()));
          json.put("x-number", 1.5e300);
          json.put("x-boolean", true);
          json.put("x-null", null);
        });
  }

  /** Removes the token from all challenges of an authorization. */
  public static UnaryOperator<Map<String, Object>> challengesWithoutToken() {
    return eachChallenge(challenge -> challenge.remove("token"));
  }

  /** Adds an empty {@code error} to all challenges, as ZeroSSL does. */
  public static UnaryOperator<Map<String, Object>> emptyErrors() {
    return eachChallenge(challenge -> challenge.put("error", Map.of()));
  }

  /** Gives all challenges of an authorization a type that nobody knows. */
  public static UnaryOperator<Map<String, Object>> unknownChallenges() {
    return eachChallenge(challenge -> challenge.put("type", "carrier-pigeon-01"));
  }

  /** Puts a challenge without token, url and status before the others. */
  public static UnaryOperator<Map<String, Object>> oddChallengeFirst() {
    return changed(
        json -> {
          List<Object> challenges = new ArrayList<>();
          challenges.add(Map.of("type", "carrier-pigeon-01", "loft", List.of("roof")));
          challenges.addAll((List<?>) json.getOrDefault("challenges", List.of()));
          json.put("challenges", challenges);
        });
  }

  private static UnaryOperator<Map<String, Object>> eachChallenge(
      Consumer<Map<String, Object>> change) {
    return changed(
        json -> {
          List<Object> challenges = new ArrayList<>();
          for (Object challenge : (List<?>) json.getOrDefault("challenges", List.of())) {
            challenges.add(changed(change).apply(members(challenge)));
          }
          json.put("challenges", challenges);
        });
  }

  private static UnaryOperator<Map<String, Object>> changed(Consumer<Map<String, Object>> change) {
    return json -> {
      Map<String, Object> copy = new LinkedHashMap<>(json);
      change.accept(copy);
      return copy;
    };
  }

  @SuppressWarnings("unchecked") // keys of a JSON object are strings
  private static Map<String, Object> members(Object challenge) {
    return (Map<String, Object>) challenge;
  }
}

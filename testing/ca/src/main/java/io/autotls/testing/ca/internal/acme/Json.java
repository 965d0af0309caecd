package io.autotls.testing.ca.internal.acme;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jose4j.json.JsonUtil;
import org.jose4j.lang.JoseException;

/** A JSON object from a client, read with types checked. */
final class Json {
  private final String what;
  private final Map<String, Object> members;

  private Json(String what, Map<String, Object> members) {
    this.what = what;
    this.members = members;
  }

  static Json parse(String what, byte[] text) throws ProblemException {
    try {
      return new Json(what, JsonUtil.parseJson(new String(text, StandardCharsets.UTF_8)));
    } catch (JoseException e) {
      throw Problem.malformed(what + " is not a JSON object");
    }
  }

  static Json of(String what, Object value) throws ProblemException {
    if (!(value instanceof Map<?, ?> map)) {
      throw Problem.malformed(what + " is not a JSON object");
    }
    @SuppressWarnings("unchecked") // keys of a parsed object are strings
    Map<String, Object> members = (Map<String, Object>) map;
    return new Json(what, members);
  }

  static String write(Map<String, Object> json) {
    return JsonUtil.toJson(json);
  }

  Map<String, Object> members() {
    return members;
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  Optional<Object> get(String name) {
    return Optional.ofNullable(members.get(name));
  }

  Optional<String> string(String name) throws ProblemException {
    return typed(name, String.class, "a string");
  }

  String requireString(String name) throws ProblemException {
    return string(name).orElseThrow(() -> Problem.malformed(what + " has no " + name));
  }

  boolean isTrue(String name) throws ProblemException {
    return typed(name, Boolean.class, "a boolean").orElse(Boolean.FALSE);
  }

  Optional<Long> integer(String name) throws ProblemException {
    return typed(name, Long.class, "an integer");
  }

  Optional<List<?>> list(String name) throws ProblemException {
    return typed(name, List.class, "an array").map(list -> (List<?>) list);
  }

  byte[] requireBytes(String name) throws ProblemException {
    return base64(what + "'s " + name, requireString(name));
  }

  /** Decodes base64url without padding (RFC 8555 §6.1). */
  static byte[] base64(String what, String text) throws ProblemException {
    if (!text.matches("[A-Za-z0-9_-]*")) {
      throw Problem.malformed(what + " is not base64url without padding");
    }
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw Problem.malformed(what + " is not base64url without padding");
    }
  }

  private <T> Optional<T> typed(String name, Class<T> type, String wanted) throws ProblemException {
    Object value = members.get(name);
    if (value == null && !members.containsKey(name)) {
      return Optional.empty();
    }
    if (!type.isInstance(value)) {
      throw Problem.malformed(what + "'s " + name + " is not " + wanted);
    }
    return Optional.of(type.cast(value));
  }
}

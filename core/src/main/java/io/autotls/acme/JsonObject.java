package io.autotls.acme;

import java.math.BigDecimal;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object. Members that the protocol requires are asked for with {@code
 * required…} and fail loudly; all others are {@code null} or empty if absent or of another type, so
 * that an extension of some CA never breaks what works.
 */
final class JsonObject {
  private final Map<String, @Nullable Object> members;

  JsonObject(Map<String, @Nullable Object> members) {
    this.members = members;
  }

  @Nullable String string(String name) {
    return members.get(name) instanceof String string ? string : null;
  }

  String requiredString(String name) throws MalformedAnswerException {
    String value = string(name);
    if (value == null || value.isEmpty()) {
      throw new MalformedAnswerException("\"" + name + "\" is missing");
    }
    return value;
  }

  @Nullable Boolean bool(String name) {
    return members.get(name) instanceof Boolean bool ? bool : null;
  }

  @Nullable Integer integer(String name) {
    try {
      return members.get(name) instanceof BigDecimal number
          ? (Integer) number.intValueExact()
          : null;
    } catch (ArithmeticException e) {
      return null; // a fraction, or beyond 32 bits: nothing that ACME has
    }
  }

  /** A date of RFC 3339, with fractions and any offset. */
  @Nullable Instant instant(String name) {
    String value = string(name);
    if (value == null) {
      return null;
    }
    try {
      return OffsetDateTime.parse(value).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** A page on the web, to be shown to a person and never to be asked by this client. */
  @Nullable URI page(String name) {
    String value = string(name);
    return value == null ? null : Urls.pageOrNull(value);
  }

  /** A URL that this client will send requests to. */
  @Nullable URI url(String name) throws MalformedAnswerException {
    String value = string(name);
    return value == null ? null : Urls.resource(value, name);
  }

  URI requiredUrl(String name) throws MalformedAnswerException {
    return Urls.resource(requiredString(name), name);
  }

  List<URI> requiredUrls(String name) throws MalformedAnswerException {
    if (!(members.get(name) instanceof List<?> values)) {
      throw new MalformedAnswerException("\"" + name + "\" is missing");
    }
    List<URI> urls = new ArrayList<>();
    for (Object value : values) {
      if (!(value instanceof String url)) {
        throw new MalformedAnswerException("\"" + name + "\" has something else than URLs");
      }
      urls.add(Urls.resource(url, name));
    }
    return urls;
  }

  List<String> strings(String name) {
    return elements(name, String.class);
  }

  List<JsonObject> objects(String name) {
    return elements(name, JsonObject.class);
  }

  @Nullable JsonObject object(String name) {
    return members.get(name) instanceof JsonObject object ? object : null;
  }

  /** Those members whose values are strings. */
  Map<String, String> stringMembers() {
    Map<String, String> strings = new LinkedHashMap<>();
    members.forEach(
        (name, value) -> {
          if (value instanceof String string) {
            strings.put(name, string);
          }
        });
    return strings;
  }

  private <T> List<T> elements(String name, Class<T> type) {
    List<T> elements = new ArrayList<>();
    if (members.get(name) instanceof List<?> values) {
      for (Object value : values) {
        if (type.isInstance(value)) {
          elements.add(type.cast(value));
        }
      }
    }
    return elements;
  }
}

package io.autotls.testing.ca.internal.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Immutable header fields in their order; names compare without regard to case. */
public final class Headers {
  public static final Headers NONE = new Headers(List.of());

  /** One field. */
  public record Header(String name, String value) {
    public Header {
      if (name.isEmpty() || (name + value).chars().anyMatch(c -> c == '\r' || c == '\n')) {
        throw new IllegalArgumentException("not a header field: " + name);
      }
    }
  }

  private final List<Header> fields;

  private Headers(List<Header> fields) {
    this.fields = List.copyOf(fields);
  }

  /** Reads alternating names and values. */
  public static Headers of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a header name without value: give names and values");
    }
    List<Header> fields = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.add(new Header(namesAndValues[i], namesAndValues[i + 1]));
    }
    return new Headers(fields);
  }

  static Headers copyOf(List<Header> fields) {
    return new Headers(fields);
  }

  public List<Header> fields() {
    return fields;
  }

  public Optional<String> first(String name) {
    return fields.stream()
        .filter(field -> field.name().equalsIgnoreCase(name))
        .map(Header::value)
        .findFirst();
  }

  /** The values of all fields of a name. */
  public List<String> all(String name) {
    return fields.stream()
        .filter(field -> field.name().equalsIgnoreCase(name))
        .map(Header::value)
        .toList();
  }

  public boolean contains(String name) {
    return first(name).isPresent();
  }

  /** A copy with one more field. */
  public Headers plus(String name, String value) {
    List<Header> copy = new ArrayList<>(fields);
    copy.add(new Header(name, value));
    return new Headers(copy);
  }

  /** A copy in which this is the only field of its name. */
  public Headers with(String name, String value) {
    return without(name).plus(name, value);
  }

  /** A copy without the fields of this name. */
  public Headers without(String name) {
    return new Headers(
        fields.stream().filter(field -> !field.name().equalsIgnoreCase(name)).toList());
  }

  /** A copy in which the given fields replace those of the same names. */
  public Headers withAll(Headers others) {
    List<Header> copy =
        new ArrayList<>(fields.stream().filter(field -> !others.contains(field.name())).toList());
    copy.addAll(others.fields);
    return new Headers(copy);
  }
}

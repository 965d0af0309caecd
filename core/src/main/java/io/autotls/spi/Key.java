package io.autotls.spi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The name of an entry in a {@link Storage}: a relative path such as {@code certificates/0b5c…}.
 *
 * <p>Names have one or more segments separated by {@code /}, each made of {@code a-z 0-9 . _ - * @
 * : !} and not starting with a dot, and 512 characters at most. There are no capitals, so that two
 * keys stay two in a store that ignores case, such as a file system of Windows or macOS, or a
 * column of MySQL.
 *
 * <p>Whoever stores something by a name from outside, such as a token of a CA, in which capitals
 * count, makes the key from segments. What is not allowed in a name is escaped there, and comes
 * back from {@link #segments()}:
 *
 * <pre>{@code
 * Key key = Key.ofSegments("challenges", "http-01", "DGyRejmCefe7v4N");
 * key.name();             // challenges/http-01/!44!47y!52ejm!43efe7v4!4e
 * key.segments().get(2);  // DGyRejmCefe7v4N
 * }</pre>
 */
public final class Key implements Comparable<Key> {
  /** The longest name: 512 characters. */
  public static final int MAX_LENGTH = 512;

  private static final char ESCAPE = '!';

  private final String name;

  private Key(String name) {
    this.name = name;
  }

  /**
   * The key with that name.
   *
   * @throws IllegalArgumentException if it is empty, too long (512 characters), or has a segment
   *     that is empty, starts with a dot or holds another character than those named above
   */
  public static Key of(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("storage key of " + name.length() + " characters");
    }
    for (int i = 0, start = 0; i <= name.length(); i++) {
      char c = i == name.length() ? '/' : name.charAt(i);
      boolean first = i == start;
      if (c == '/' ? first : !isAllowed(c) || (first && c == '.')) {
        throw new IllegalArgumentException("storage key not allowed: " + name);
      }
      start = c == '/' ? i + 1 : start;
    }
    return new Key(name);
  }

  /**
   * The key whose {@link #segments()} these are: any text, also with capitals and slashes. What is
   * not allowed in a name is escaped as in a URL, byte by byte of its UTF-8, but with {@code !} for
   * {@code %} and in lower case: {@code A/b} is {@code !41!2fb}. Distinct segments make distinct
   * keys.
   *
   * @throws IllegalArgumentException if a segment is empty, or all are too long together
   */
  public static Key ofSegments(String... segments) {
    return of(Arrays.stream(segments).map(Key::escape).collect(Collectors.joining("/")));
  }

  /** The name, for example {@code challenges/http-01/…}. */
  public String name() {
    return name;
  }

  /**
   * The segments, unescaped: what {@link #ofSegments} was given. An escape that makes no sense, in
   * a name that was not made there, stays as it is.
   */
  public List<String> segments() {
    return Arrays.stream(name.split("/")).map(Key::unescape).toList();
  }

  /** The last of the {@link #segments()}. */
  public String lastSegment() {
    return unescape(name.substring(name.lastIndexOf('/') + 1));
  }

  private static boolean isAllowed(char c) {
    return c == ESCAPE || isPlain(c);
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "._-*@:".indexOf(c) >= 0;
  }

  private static String escape(String segment) {
    StringBuilder escaped = new StringBuilder();
    for (byte one : segment.getBytes(StandardCharsets.UTF_8)) {
      boolean hidden = one == '.' && escaped.isEmpty();
      if (isPlain(one) && !hidden) {
        escaped.append((char) one);
      } else {
        escaped
            .append(ESCAPE)
            .append(Character.forDigit(one >> 4 & 0xf, 16))
            .append(Character.forDigit(one & 0xf, 16));
      }
    }
    return escaped.toString();
  }

  private static String unescape(String segment) {
    if (segment.indexOf(ESCAPE) < 0) {
      return segment;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      int value = c == ESCAPE && i + 2 < segment.length() ? hex(segment, i + 1) : -1;
      bytes.write(value < 0 ? c : value);
      i += value < 0 ? 0 : 2;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The two hex digits there, or -1. */
  private static int hex(String text, int at) {
    int high = Character.digit(text.charAt(at), 16);
    int low = Character.digit(text.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  @Override
  public int compareTo(Key other) {
    return name.compareTo(other.name);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Key other && name.equals(other.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  /** The {@link #name()}. */
  @Override
  public String toString() {
    return name;
  }
}

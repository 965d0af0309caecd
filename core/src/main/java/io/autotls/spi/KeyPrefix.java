package io.autotls.spi;

/**
 * What the names of several {@linkplain Key keys} begin with: a folder of entries, such as {@code
 * challenges/}, with all that is below it.
 */
public final class KeyPrefix {
  /** Of all keys. */
  public static final KeyPrefix ALL = new KeyPrefix("");

  private final String text; // empty, or ends with a slash

  private KeyPrefix(String text) {
    this.text = text;
  }

  /**
   * The prefix that reads so.
   *
   * @param text as a {@link Key} may begin, with a slash at its end; nothing for {@link #ALL}
   * @throws IllegalArgumentException if there is no slash, or what is before it could be no key
   */
  public static KeyPrefix of(String text) {
    if (text.isEmpty()) {
      return ALL;
    }
    if (!text.endsWith("/")) {
      throw new IllegalArgumentException("prefix must be empty or end with a slash: " + text);
    }
    Key.of(text.substring(0, text.length() - 1));
    return new KeyPrefix(text);
  }

  /** The text: empty, or with a slash at its end. */
  public String text() {
    return text;
  }

  /** Whether that key is below this prefix. */
  public boolean contains(Key key) {
    return key.name().startsWith(text);
  }

  /**
   * A key below this prefix, from segments as in {@link Key#ofSegments}.
   *
   * @throws IllegalArgumentException if there is none, one is empty, or all are too long together
   */
  public Key key(String... segments) {
    return Key.of(text + Key.ofSegments(segments));
  }

  /** The key below this prefix whose name ends with that of another. */
  public Key key(Key rest) {
    return Key.of(text + rest.name());
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof KeyPrefix other && text.equals(other.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The {@link #text()}. */
  @Override
  public String toString() {
    return text;
  }
}

package io.autotls.spi;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The name of an entry as a store lists it, with its version where the store knows that without
 * reading the entry.
 *
 * <p>Names are relative paths such as {@code certificates/0b5c…}: one or more segments separated by
 * {@code /}, each made of {@code A-Z a-z 0-9 . _ - * @ :} and not starting with a dot.
 */
public final class Key {
  private static final int MAX_LENGTH = 512;

  private final String name;
  private final @Nullable Version version;

  private Key(String name, @Nullable Version version) {
    this.name = checkName(name);
    this.version = version;
  }

  /** A key whose version is not known. */
  public static Key of(String name) {
    return new Key(name, null);
  }

  /** A key whose version the store told along. */
  public static Key of(String name, Version version) {
    return new Key(name, version);
  }

  /** The name, for example {@code challenges/http-01/…}. */
  public String name() {
    return name;
  }

  /** The version at the time of the listing, if the store told it. */
  public Optional<Version> version() {
    return Optional.ofNullable(version);
  }

  /**
   * Returns {@code name} if it is one that every store must accept.
   *
   * @throws IllegalArgumentException if it is empty, too long (512 characters), or has a segment
   *     that is empty, starts with a dot or holds another character than those named above
   */
  public static String checkName(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("storage key of " + name.length() + " characters");
    }
    char previous = '/';
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean first = previous == '/';
      if (c == '/' ? first : !isAllowed(c) || (first && c == '.')) {
        throw new IllegalArgumentException("storage key not allowed: " + name);
      }
      previous = c;
    }
    if (previous == '/') {
      throw new IllegalArgumentException("storage key ends with a slash: " + name);
    }
    return name;
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._-*@:".indexOf(c) >= 0;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Key other && name.equals(other.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}

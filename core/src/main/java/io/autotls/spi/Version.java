package io.autotls.spi;

import java.util.Objects;

/**
 * The compare-and-set token of a stored entry: equal versions mean equal entries, and a version
 * never comes back, not even when an entry is deleted and created again with the same bytes.
 *
 * <p>Only the store that made it understands {@link #token()}; everybody else compares.
 */
public record Version(String token) {
  /** Stands for an entry that does not exist. */
  public static final Version NONE = new Version("");

  public Version {
    Objects.requireNonNull(token, "token");
  }

  @Override
  public String toString() {
    return token.isEmpty() ? "(none)" : token;
  }
}

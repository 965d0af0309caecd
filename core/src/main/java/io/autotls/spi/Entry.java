package io.autotls.spi;

import java.util.Objects;

/**
 * A stored value with the version it had when it was read.
 *
 * <p>The value may hold private keys, so {@link #toString()} tells its length only. The array is
 * not copied: whoever receives an entry owns it and must not change it.
 */
public record Entry(byte[] value, Version version) {
  public Entry {
    Objects.requireNonNull(value, "value");
    if (version.equals(Version.NONE)) {
      throw new IllegalArgumentException("an entry that exists has a version");
    }
  }

  @Override
  public String toString() {
    return "Entry[" + value.length + " bytes at " + version + "]";
  }
}

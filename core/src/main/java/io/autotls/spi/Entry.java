package io.autotls.spi;

import java.util.Objects;

/**
 * A stored value with the version it had when it was read.
 *
 * <p>The value may hold private keys, so {@link #toString()} tells its length only. The array is
 * not copied: whoever receives an entry owns it and must not change it.
 */
public final class Entry {
  private final byte[] value;
  private final Version version;

  private Entry(byte[] value, Version version) {
    this.value = value;
    this.version = version;
  }

  /**
   * An entry, as {@link Storage#read} hands it out.
   *
   * @throws IllegalArgumentException if the version is {@link Version#NONE}
   */
  public static Entry of(byte[] value, Version version) {
    Objects.requireNonNull(value, "value");
    if (version.equals(Version.NONE)) {
      throw new IllegalArgumentException("an entry that exists has a version");
    }
    return new Entry(value, version);
  }

  /** The value itself, not a copy. */
  public byte[] value() {
    return value;
  }

  /** The version at which it was read. */
  public Version version() {
    return version;
  }

  @Override
  public String toString() {
    return "Entry[" + value.length + " bytes at " + version + "]";
  }
}

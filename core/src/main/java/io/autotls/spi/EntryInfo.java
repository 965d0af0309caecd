package io.autotls.spi;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a store tells of an entry without its value: in a {@link Listing}, or to a {@link
 * WatchListener}. The version is there if the store knows it without reading the entry; then
 * AutoTls reads only what it does not know yet.
 */
public final class EntryInfo {
  private final Key key;
  private final @Nullable Version version; // null if the store cannot tell

  private EntryInfo(Key key, @Nullable Version version) {
    this.key = key;
    this.version = version;
  }

  /** Of an entry whose version is not known. */
  public static EntryInfo of(Key key) {
    return new EntryInfo(key, null);
  }

  /** Of an entry that is at that version. */
  public static EntryInfo of(Key key, Version version) {
    return new EntryInfo(key, version);
  }

  /** The key of the entry. */
  public Key key() {
    return key;
  }

  /** The version at that time, if the store told it. */
  public Optional<Version> version() {
    return Optional.ofNullable(version);
  }

  /** Whether the entry is known to be at that version. */
  public boolean isAt(@Nullable Version other) {
    return version != null && version.equals(other);
  }

  @Override
  public String toString() {
    return version == null ? key.name() : key + " at " + version;
  }
}

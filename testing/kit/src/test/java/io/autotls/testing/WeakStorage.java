package io.autotls.testing;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.zip.CRC32;

/**
 * A store such as many are: its versions come back, its deletes ask for no version, it ignores case
 * and cannot tell versions in a listing. Several clients share one.
 */
final class WeakStorage implements Storage {
  /** Makes the version of a value that takes the place of another one, if there was one. */
  private final BiFunction<Optional<Version>, byte[], Version> versions;

  private final Map<String, Entry> entries = new HashMap<>(); // guarded by itself
  private final Map<String, Key> keys = new HashMap<>(); // guarded by entries
  private final List<WatchListener> listeners = new CopyOnWriteArrayList<>();
  private int deletes; // guarded by entries

  private WeakStorage(BiFunction<Optional<Version>, byte[], Version> versions) {
    this.versions = versions;
  }

  /** As S3: the version is a hash of the content. */
  static WeakStorage withEtags() {
    return new WeakStorage((before, value) -> new Version("etag-" + hash(value)));
  }

  /** As Vault: the version of each entry counts from one, and does so again after a delete. */
  static WeakStorage withCounters() {
    return new WeakStorage(
        (before, value) ->
            new Version(
                before
                    .map(one -> Integer.toString(Integer.parseInt(one.token()) + 1))
                    .orElse("1")));
  }

  private static String hash(byte[] value) {
    CRC32 crc = new CRC32();
    crc.update(value);
    return Long.toHexString(crc.getValue()) + "-" + value.length;
  }

  /** What is kept below that key, byte by byte. */
  Optional<byte[]> raw(Key key) {
    return read(key).map(Entry::value);
  }

  /** How many deletes there were. */
  int deletes() {
    synchronized (entries) {
      return deletes;
    }
  }

  private static String path(Key key) {
    return key.name().toUpperCase(Locale.ROOT);
  }

  @Override
  public Optional<Entry> read(Key key) {
    synchronized (entries) {
      return Optional.ofNullable(entries.get(path(key)))
          .map(entry -> Entry.of(entry.value().clone(), entry.version()));
    }
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws ConflictException {
    Version next;
    synchronized (entries) {
      Optional<Version> present = Optional.ofNullable(entries.get(path(key))).map(Entry::version);
      if (!present.orElse(Version.NONE).equals(expected)) {
        throw new ConflictException(key, expected);
      }
      next = versions.apply(present, value);
      entries.put(path(key), Entry.of(value.clone(), next));
      keys.put(path(key), key);
    }
    listeners.forEach(listener -> listener.changed(EntryInfo.of(key, next)));
    return next;
  }

  @Override
  public boolean delete(Key key, Version expected) {
    synchronized (entries) {
      deletes++;
      return entries.remove(path(key)) != null;
    }
  }

  @Override
  public Listing list(KeyPrefix prefix) {
    List<EntryInfo> found = new ArrayList<>();
    synchronized (entries) {
      for (String path : entries.keySet()) {
        if (prefix.contains(keys.get(path))) {
          found.add(EntryInfo.of(keys.get(path)));
        }
      }
    }
    return Listing.of(found);
  }

  @Override
  public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
    WatchListener below =
        new WatchListener() {
          @Override
          public void changed(EntryInfo entry) {
            if (prefix.contains(entry.key())) {
              try {
                listener.changed(entry);
              } catch (RuntimeException e) {
                return; // others hear of it nevertheless
              }
            }
          }

          @Override
          public void lost() {
            listener.lost();
          }

          @Override
          public void ended(Throwable cause) {
            listener.ended(cause);
          }
        };
    listeners.add(below);
    return Optional.of(() -> listeners.remove(below));
  }

  @Override
  public String location() {
    return "weak:";
  }

  @Override
  public void close() {}
}

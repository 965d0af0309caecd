package io.autotls.storage;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Keeps entries in memory, for tests and for applications that want a new certificate at each start
 * anyway. What it holds ends with the process, so a real CA would soon refuse to issue again: its
 * rate limits count every certificate.
 *
 * <p>Several {@code AutoTls} may share one instance; then they behave as nodes of a cluster.
 * Watchers are called on the thread that writes, after the write. Closing has no effect.
 */
public final class MemoryStorage implements Storage {
  private final Map<Key, Entry> entries = new HashMap<>(); // guarded by itself
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private long versions; // guarded by entries; never goes back, so no version comes back

  private MemoryStorage() {}

  /** An empty store. */
  public static MemoryStorage create() {
    return new MemoryStorage();
  }

  @Override
  public Optional<Entry> read(Key key) {
    synchronized (entries) {
      return Optional.ofNullable(entries.get(key))
          .map(entry -> Entry.of(entry.value().clone(), entry.version()));
    }
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws ConflictException {
    Values.check(key, value);
    Version version;
    synchronized (entries) {
      requireVersion(key, expected);
      version = new Version(Long.toString(++versions));
      entries.put(key, Entry.of(value.clone(), version));
    }
    changed(EntryInfo.of(key, version));
    return version;
  }

  @Override
  public boolean delete(Key key, Version expected) throws ConflictException {
    synchronized (entries) {
      if (!entries.containsKey(key)) {
        return false;
      }
      requireVersion(key, expected);
      entries.remove(key);
    }
    changed(EntryInfo.of(key));
    return true;
  }

  private void requireVersion(Key key, Version expected) throws ConflictException {
    Entry entry = entries.get(key);
    Version present = entry == null ? Version.NONE : entry.version();
    if (!present.equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  @Override
  public Listing list(KeyPrefix prefix) {
    List<EntryInfo> found = new ArrayList<>();
    synchronized (entries) {
      entries.forEach(
          (key, entry) -> {
            if (prefix.contains(key)) {
              found.add(EntryInfo.of(key, entry.version()));
            }
          });
    }
    return Listing.of(found);
  }

  /** {@inheritDoc} Here nothing is ever lost. */
  @Override
  public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) {
    Subscription subscription = new Subscription(prefix, listener);
    subscriptions.add(subscription);
    return Optional.of(
        new Watch() {
          @Override
          public boolean isReliable() {
            return true;
          }

          @Override
          public void close() {
            subscriptions.remove(subscription);
          }
        });
  }

  private void changed(EntryInfo entry) {
    subscriptions.forEach(subscription -> subscription.announce(entry));
  }

  @Override
  public String location() {
    return "memory:";
  }

  @Override
  public void close() {}
}

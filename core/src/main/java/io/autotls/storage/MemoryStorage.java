package io.autotls.storage;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
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
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Keeps entries in memory, for tests and for applications that want a new certificate at each start
 * anyway. What it holds ends with the process, so a real CA would soon refuse to issue again: its
 * rate limits count every certificate.
 *
 * <p>Several {@code AutoTls} may share one instance; then they behave as nodes of a cluster.
 * Watchers are called on the thread that writes, after the write. Closing has no effect.
 */
public final class MemoryStorage implements Storage {
  private final Map<String, Entry> entries = new HashMap<>(); // guarded by itself
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private long versions; // guarded by entries; never goes back, so no version comes back

  private MemoryStorage() {}

  /** An empty store. */
  public static MemoryStorage create() {
    return new MemoryStorage();
  }

  @Override
  public Optional<Entry> read(String key) {
    Key.checkName(key);
    synchronized (entries) {
      return Optional.ofNullable(entries.get(key))
          .map(entry -> new Entry(entry.value().clone(), entry.version()));
    }
  }

  @Override
  public Version write(String key, byte[] value, Version expected) throws ConflictException {
    Key name = Key.of(key);
    Values.check(key, value);
    Version version;
    synchronized (entries) {
      requireVersion(key, expected);
      version = new Version(Long.toString(++versions));
      entries.put(key, new Entry(value.clone(), version));
    }
    changed(name);
    return version;
  }

  @Override
  public boolean delete(String key, Version expected) throws ConflictException {
    Key name = Key.of(key);
    synchronized (entries) {
      if (!entries.containsKey(key)) {
        return false;
      }
      requireVersion(key, expected);
      entries.remove(key);
    }
    changed(name);
    return true;
  }

  private void requireVersion(String key, Version expected) throws ConflictException {
    Entry entry = entries.get(key);
    Version present = entry == null ? Version.NONE : entry.version();
    if (!present.equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  @Override
  public Stream<Key> list(String prefix) {
    Values.checkPrefix(prefix);
    List<Key> keys = new ArrayList<>();
    synchronized (entries) {
      entries.forEach(
          (name, entry) -> {
            if (name.startsWith(prefix)) {
              keys.add(Key.of(name, entry.version()));
            }
          });
    }
    return keys.stream();
  }

  /** {@inheritDoc} Here nothing is ever lost. */
  @Override
  public Optional<Watch> watch(String prefix, WatchListener listener) {
    Subscription subscription = new Subscription(Values.checkPrefix(prefix), listener);
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

  @Override
  public Optional<Watch> watch(String prefix, Consumer<Key> changed) {
    return watch(prefix, WatchListener.of(changed));
  }

  private void changed(Key key) {
    subscriptions.forEach(subscription -> subscription.announce(key));
  }

  @Override
  public String location() {
    return "memory:";
  }

  @Override
  public void close() {}
}

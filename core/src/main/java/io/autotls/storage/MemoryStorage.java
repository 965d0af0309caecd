package io.autotls.storage;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Keeps entries in the memory of this process, and forgets them with it: for tests, and for CAs without
 * rate limits. Every restart orders every certificate anew, which a public CA stops within days.
 *
 * <p>Several {@code AutoTls} may share one object, as the nodes of a cluster share a store. Safe for use
 * by many threads.
 */
public final class MemoryStorage implements Storage {
  private final Map<String, Entry> entries = new HashMap<>(); // guarded by this
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
  private long sequence; // guarded by this

  private record Watcher(String prefix, Consumer<Key> changed) {}

  private MemoryStorage() {}

  /** An empty store. */
  public static MemoryStorage create() {
    return new MemoryStorage();
  }

  @Override
  public synchronized Optional<Entry> read(String key) {
    return Optional.ofNullable(entries.get(Key.checkName(key)));
  }

  @Override
  public Version write(String key, byte[] value, Version expected) throws ConflictException {
    Key.checkName(key);
    if (value.length > MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(key + " would hold " + value.length + " bytes");
    }
    Version version;
    synchronized (this) {
      check(key, expected);
      version = new Version(Long.toString(++sequence)); // one for all keys: none ever comes back
      entries.put(key, new Entry(value.clone(), version));
    }
    tell(Key.of(key, version));
    return version;
  }

  @Override
  public boolean delete(String key, Version expected) throws ConflictException {
    synchronized (this) {
      if (!entries.containsKey(Key.checkName(key))) {
        return false;
      }
      check(key, expected);
      entries.remove(key);
    }
    tell(Key.of(key));
    return true;
  }

  private void check(String key, Version expected) throws ConflictException {
    Entry present = entries.get(key);
    Version version = present == null ? Version.NONE : present.version();
    if (!version.equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  @Override
  public synchronized Stream<Key> list(String prefix) {
    return entries.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .map(entry -> Key.of(entry.getKey(), entry.getValue().version()))
        .toList()
        .stream();
  }

  @Override
  public Optional<Watch> watch(String prefix, Consumer<Key> changed) {
    Watcher watcher = new Watcher(prefix, changed);
    watchers.add(watcher);
    return Optional.of(() -> watchers.remove(watcher));
  }

  private void tell(Key key) {
    for (Watcher watcher : watchers) {
      if (key.name().startsWith(watcher.prefix())) {
        watcher.changed().accept(key);
      }
    }
  }

  @Override
  public String location() {
    return "memory:";
  }

  /** Does nothing: others may share this object. */
  @Override
  public void close() {}
}

package io.autotls.testing.simulation;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The storage that all machines share. It never loses what it has; the ways to it lose calls and
 * answers, and its watchers hear late, twice or not at all.
 */
final class SimulatedStore {
  private static final byte[] NOTHING = {};

  /** Hears of what arrives, whatever its sender is told. */
  interface Observer {
    /** A write begins, and may arrive. */
    void writes(Incarnation writer, String key, byte[] value);

    void written(Incarnation writer, String key, byte[] before, byte[] value);

    void deleted(Incarnation writer, String key);

    /** Somebody else was faster. */
    void refused(Incarnation writer, String key);
  }

  private record Stored(byte[] value, Version version, Key key) {}

  private record Subscription(Incarnation process, String prefix, Consumer<Key> changed) {}

  private final NavigableMap<String, Stored> entries = new TreeMap<>();
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final World world;
  private final Observer observer;
  private long versions;

  SimulatedStore(World world, Observer observer) {
    this.world = world;
    this.observer = observer;
  }

  /** The keys under {@code prefix}, in order. */
  List<String> keys(String prefix) {
    return entries.keySet().stream().filter(key -> key.startsWith(prefix)).toList();
  }

  Optional<byte[]> value(String key) {
    return Optional.ofNullable(entries.get(key)).map(Stored::value);
  }

  /** The storage as {@code process} reaches it. */
  Storage reachedFrom(Incarnation process) {
    return new View(process);
  }

  private Version put(Incarnation writer, String key, byte[] value, Version expected)
      throws ConflictException {
    requireVersion(key, expected);
    Version version = new Version(Long.toString(++versions));
    Stored after = new Stored(value.clone(), version, Key.of(key, version));
    Stored before = entries.put(key, after);
    observer.written(writer, key, before == null ? NOTHING : before.value(), value);
    announce(after.key());
    return version;
  }

  private boolean remove(Incarnation writer, String key, Version expected)
      throws ConflictException {
    if (!entries.containsKey(key)) {
      return false;
    }
    requireVersion(key, expected);
    entries.remove(key);
    observer.deleted(writer, key);
    announce(Key.of(key));
    return true;
  }

  private void requireVersion(String key, Version expected) throws ConflictException {
    Stored present = entries.get(key);
    if (!(present == null ? Version.NONE : present.version()).equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  private void announce(Key key) {
    for (Subscription subscription : subscriptions) {
      if (key.name().startsWith(subscription.prefix())) {
        world
            .chaos()
            .deliveries()
            .forEach(
                delay ->
                    world
                        .scheduler()
                        .schedule(
                            subscription.process(),
                            delay,
                            () -> subscription.changed().accept(key)));
      }
    }
    subscriptions.removeIf(subscription -> subscription.process().isOver());
  }

  private final class View implements Storage {
    private final Incarnation process;

    private View(Incarnation process) {
      this.process = process;
    }

    /** What is done in the store, between two moments at which everything may go wrong. */
    @FunctionalInterface
    private interface Operation<T> {
      T run() throws IOException;
    }

    private <T> T call(String what, String key, Operation<T> operation) throws IOException {
      world.chaos().beforeStorage(process, what, key);
      T result;
      try {
        result = operation.run();
      } catch (ConflictException e) {
        world.note(process, () -> what + " " + key + ": conflict");
        observer.refused(process, key);
        throw e;
      }
      world.chaos().afterStorage(process, what, key);
      return result;
    }

    @Override
    public Optional<Entry> read(String key) throws IOException {
      Key.checkName(key);
      return call(
          "read",
          key,
          () ->
              Optional.ofNullable(entries.get(key))
                  .map(entry -> new Entry(entry.value().clone(), entry.version())));
    }

    @Override
    public Version write(String key, byte[] value, Version expected) throws IOException {
      Key.checkName(key);
      observer.writes(process, key, value);
      return call("write", key, () -> put(process, key, value, expected));
    }

    @Override
    public boolean delete(String key, Version expected) throws IOException {
      Key.checkName(key);
      return call("delete", key, () -> remove(process, key, expected));
    }

    @Override
    public Stream<Key> list(String prefix) throws IOException {
      return call(
          "list",
          prefix,
          () -> {
            List<Key> keys = new ArrayList<>();
            entries
                .subMap(prefix, prefix + Character.MAX_VALUE)
                .values()
                .forEach(stored -> keys.add(stored.key()));
            return keys.stream();
          });
    }

    @Override
    public Optional<Watch> watch(String prefix, Consumer<Key> changed) {
      if (!world.plan().storageTells()) {
        return Optional.empty();
      }
      Subscription subscription = new Subscription(process, prefix, changed);
      subscriptions.add(subscription);
      return Optional.of(() -> subscriptions.remove(subscription));
    }

    @Override
    public String location() {
      return "simulated:" + process.name();
    }

    @Override
    public void close() {}
  }
}

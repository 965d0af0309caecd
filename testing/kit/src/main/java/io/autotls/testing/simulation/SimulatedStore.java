package io.autotls.testing.simulation;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The storage that all machines share. It never loses what it has; the ways to it lose calls and
 * answers, and its watchers hear late, twice or not at all.
 */
final class SimulatedStore {
  private static final byte[] NOTHING = {};

  /** What a watcher may hear of that nobody wants. */
  private static final EntryInfo NO_ENTRY = EntryInfo.of(Key.of("left/by-somebody-else"));

  private static final KeyPrefix RECORDS = KeyPrefix.of("certificates/");

  /** Hears of what arrives, whatever its sender is told. */
  interface Observer {
    /** A write begins, and may arrive. */
    void writes(Incarnation writer, Key key, byte[] value);

    void written(Incarnation writer, Key key, byte[] before, byte[] value);

    void deleted(Incarnation writer, Key key);

    /** Somebody else was faster. */
    void refused(Incarnation writer, Key key);
  }

  private record Stored(byte[] value, Version version, EntryInfo info) {}

  private record Subscription(Incarnation process, KeyPrefix prefix, WatchListener listener) {}

  private final NavigableMap<Key, Stored> entries = new TreeMap<>();
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final World world;
  private final Observer observer;
  private long versions;

  SimulatedStore(World world, Observer observer) {
    this.world = world;
    this.observer = observer;
  }

  /** The keys under {@code prefix}, in order. */
  List<Key> keys(KeyPrefix prefix) {
    return entries.keySet().stream().filter(prefix::contains).toList();
  }

  Optional<byte[]> value(Key key) {
    return Optional.ofNullable(entries.get(key)).map(Stored::value);
  }

  /** The storage as {@code process} reaches it. */
  Storage reachedFrom(Incarnation process) {
    return new View(process);
  }

  private Version put(Incarnation writer, Key key, byte[] value, Version expected)
      throws ConflictException {
    requireVersion(key, expected);
    Version version = new Version(Long.toString(++versions));
    Stored after = new Stored(value.clone(), version, EntryInfo.of(key, version));
    Stored before = entries.put(key, after);
    observer.written(writer, key, before == null ? NOTHING : before.value(), value);
    announce(after.info());
    return version;
  }

  private boolean remove(Incarnation writer, Key key, Version expected) throws ConflictException {
    if (!entries.containsKey(key)) {
      return false;
    }
    requireVersion(key, expected);
    entries.remove(key);
    observer.deleted(writer, key);
    announce(EntryInfo.of(key));
    return true;
  }

  private void requireVersion(Key key, Version expected) throws ConflictException {
    Stored present = entries.get(key);
    if (!(present == null ? Version.NONE : present.version()).equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  private void announce(EntryInfo entry) {
    for (Subscription subscription : List.copyOf(subscriptions)) {
      if (subscription.prefix().contains(entry.key())) {
        announce(entry, subscription);
      }
    }
    subscriptions.removeIf(subscription -> subscription.process().isOver());
  }

  private void announce(EntryInfo entry, Subscription subscription) {
    WatchListener listener = subscription.listener();
    if (world.plan().watches() == Plan.Watches.DEAF) {
      return;
    }
    List<Duration> deliveries = world.chaos().deliveries();
    deliveries.forEach(delay -> tell(subscription, delay, () -> listener.changed(entry)));
    if (deliveries.isEmpty() && world.plan().watches() == Plan.Watches.RELIABLE) {
      loses(subscription);
    }
    world
        .chaos()
        .rumour()
        .ifPresent(
            delay -> {
              tell(subscription, delay, () -> listener.changed(NO_ENTRY));
              tell(subscription, delay, listener::lost);
            });
  }

  /** A watch that has lost something says so, or is over. */
  private void loses(Subscription subscription) {
    WatchListener listener = subscription.listener();
    if (world.chaos().endsWatch()) {
      subscriptions.remove(subscription);
      tell(subscription, Duration.ofSeconds(1), () -> listener.ended(new IOException("reset")));
    } else {
      tell(subscription, Duration.ofSeconds(1), listener::lost);
    }
  }

  private void tell(Subscription subscription, Duration delay, Runnable news) {
    world.scheduler().schedule(subscription.process(), delay, news);
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

    private <T> T call(String what, Object where, Operation<T> operation) throws IOException {
      world.chaos().beforeStorage(process, what, where.toString());
      T result;
      try {
        result = operation.run();
      } catch (ConflictException e) {
        world.note(process, () -> what + " " + where + ": conflict");
        if (where instanceof Key key) {
          observer.refused(process, key);
        }
        throw e;
      }
      world.chaos().afterStorage(process, what, where.toString());
      return result;
    }

    @Override
    public Optional<Entry> read(Key key) throws IOException {
      return call(
          "read",
          key,
          () -> {
            if (RECORDS.contains(key)) {
              process.readsRecord();
            }
            return Optional.ofNullable(entries.get(key))
                .map(entry -> Entry.of(read(entry.value()), entry.version()));
          });
    }

    private byte[] read(byte[] value) {
      return process.version().understood(value.clone());
    }

    @Override
    public Version write(Key key, byte[] value, Version expected) throws IOException {
      byte[] stored = process.version().stored(key, value);
      observer.writes(process, key, stored);
      return call("write", key, () -> put(process, key, stored, expected));
    }

    @Override
    public boolean delete(Key key, Version expected) throws IOException {
      return call("delete", key, () -> remove(process, key, expected));
    }

    @Override
    public Listing list(KeyPrefix prefix) throws IOException {
      return call(
          "list",
          prefix,
          () -> {
            List<EntryInfo> found = new ArrayList<>();
            keys(prefix).forEach(key -> found.add(entries.get(key).info()));
            return Listing.of(found);
          });
    }

    @Override
    public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) {
      if (world.plan().watches() == Plan.Watches.NONE) {
        return Optional.empty();
      }
      Subscription subscription = new Subscription(process, prefix, listener);
      subscriptions.add(subscription);
      return Optional.of(
          new Watch() {
            @Override
            public boolean isReliable() {
              return world.plan().watches().claimsToBeReliable();
            }

            @Override
            public void close() {
              subscriptions.remove(subscription);
            }
          });
    }

    @Override
    public String location() {
      return "simulated:" + process.name();
    }

    @Override
    public void close() {}
  }
}

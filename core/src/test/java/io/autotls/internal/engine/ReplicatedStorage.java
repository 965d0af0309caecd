package io.autotls.internal.engine;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * A store with a replica that is behind: after a failover the last write of an entry never was, and
 * a read that goes to the replica answers with what was there before. Tells nobody of changes.
 */
final class ReplicatedStorage implements Storage {
  /** What each key had, the newest first; empty for a time without the entry. */
  private final Map<Key, Deque<Optional<Entry>>> history = new TreeMap<>();

  private IntPredicate fromReplica = read -> false;
  private int behind = 1; // how many writes
  private int reads; // of records
  private long versions;

  /** The last write of an entry, or its deletion, is forgotten. */
  synchronized void failsOver(Key key) {
    history.get(key).pop();
  }

  /**
   * From now on the replica answers those reads of records, counted from zero.
   *
   * @param writes how many writes of an entry it is behind
   */
  synchronized void fromReplica(IntPredicate reads, int writes) {
    fromReplica = reads;
    behind = writes;
  }

  private Optional<Entry> present(Key key) {
    Deque<Optional<Entry>> past = history.get(key);
    return past == null || past.isEmpty() ? Optional.empty() : past.peek();
  }

  @Override
  public synchronized Optional<Entry> read(Key key) {
    Deque<Optional<Entry>> past = history.getOrDefault(key, new ArrayDeque<>());
    boolean stale = key.name().startsWith("certificates/") && fromReplica.test(reads++);
    if (stale && !past.isEmpty()) {
      return past.stream().skip(behind).findFirst().orElse(Optional.empty());
    }
    return present(key);
  }

  private void require(Key key, Version expected) throws ConflictException {
    if (!present(key).map(Entry::version).orElse(Version.NONE).equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  @Override
  public synchronized Version write(Key key, byte[] value, Version expected) throws IOException {
    require(key, expected);
    Version version = new Version(Long.toString(++versions));
    past(key).push(Optional.of(Entry.of(value.clone(), version)));
    return version;
  }

  @Override
  public synchronized boolean delete(Key key, Version expected) throws IOException {
    if (present(key).isEmpty()) {
      return false;
    }
    require(key, expected);
    past(key).push(Optional.empty());
    return true;
  }

  private Deque<Optional<Entry>> past(Key key) {
    return history.computeIfAbsent(key, k -> new ArrayDeque<>());
  }

  @Override
  public synchronized Listing list(KeyPrefix prefix) {
    List<EntryInfo> found = new ArrayList<>();
    history.keySet().stream()
        .filter(prefix::contains)
        .forEach(
            key -> present(key).ifPresent(entry -> found.add(EntryInfo.of(key, entry.version()))));
    return Listing.of(found);
  }

  @Override
  public String location() {
    return "replicated:";
  }

  @Override
  public void close() {}
}

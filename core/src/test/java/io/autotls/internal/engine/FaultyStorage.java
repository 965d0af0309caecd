package io.autotls.internal.engine;

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
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** One node's way to a store that outlives it, with faults by script. */
final class FaultyStorage implements Storage {
  /** Decides before each write whether it happens. */
  @FunctionalInterface
  interface WriteFault {
    void check(String key, int writes) throws IOException;
  }

  /** Decides before each read whether it happens, or what happens meanwhile. */
  @FunctionalInterface
  interface ReadFault {
    void check(String key) throws IOException;
  }

  private final Storage store;
  private WriteFault fault = (key, writes) -> {};
  private ReadFault readFault = key -> {};
  private IntConsumer listFault = lists -> {};
  private boolean down;
  private boolean losesAnswers;
  private final List<WatchListener> listeners = new ArrayList<>();
  private final List<Watch> watches = new ArrayList<>();
  private boolean mute;
  private boolean deaf;
  private boolean drops;
  private int watchFailures;
  private int lists;
  private int writes;

  FaultyStorage(Storage store) {
    this.store = store;
  }

  FaultyStorage onWrite(WriteFault fault) {
    this.fault = fault;
    return this;
  }

  FaultyStorage onRead(ReadFault fault) {
    this.readFault = fault;
    return this;
  }

  /** Decides before each list, which is told how many there were, whether it happens. */
  FaultyStorage onList(IntConsumer fault) {
    this.listFault = fault;
    return this;
  }

  void goesDown() {
    down = true;
  }

  boolean isDown() {
    return down;
  }

  void comesBack() {
    down = false;
  }

  /** Every write arrives, but the caller is told that it failed. */
  void losesAnswers() {
    losesAnswers = true;
  }

  /** A store that cannot tell of changes. */
  FaultyStorage withoutWatch() {
    mute = true;
    return this;
  }

  /** A watch that can be had, and hears nothing: inotify on NFS. */
  FaultyStorage withDeafWatch() {
    deaf = true;
    return this;
  }

  /** A watch that says it is reliable, and tells nothing. */
  FaultyStorage withWatchThatLies() {
    drops = true;
    return this;
  }

  /** A watch that cannot be had at first. */
  FaultyStorage failsToWatch(int times) {
    watchFailures = times;
    return this;
  }

  /** A watch that tells of what is no record at all. */
  void tells(String key) {
    listeners.forEach(listener -> listener.changed(EntryInfo.of(Key.of(key))));
  }

  /** The store says that it may have missed something. */
  void saysThatSomethingWasLost() {
    listeners.forEach(WatchListener::lost);
  }

  /** The connection of all watches is gone. */
  void endsWatches() {
    watches.forEach(Watch::close);
    watches.clear();
    List<WatchListener> last = List.copyOf(listeners);
    listeners.clear();
    last.forEach(listener -> listener.ended(new IOException("connection reset")));
  }

  int lists() {
    return lists;
  }

  int writes() {
    return writes;
  }

  private void check() throws IOException {
    if (down) {
      throw new IOException("the store is down");
    }
  }

  @Override
  public Optional<Entry> read(Key key) throws IOException {
    check();
    readFault.check(key.name());
    return store.read(key);
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws IOException {
    check();
    fault.check(key.name(), writes++);
    Version version = store.write(key, value, expected);
    if (losesAnswers && key.name().startsWith("certificates/")) {
      throw new IOException("the answer was lost");
    }
    return version;
  }

  @Override
  public boolean delete(Key key, Version expected) throws IOException {
    check();
    return store.delete(key, expected);
  }

  @Override
  public Listing list(KeyPrefix prefix) throws IOException {
    lists++;
    check();
    listFault.accept(lists);
    return store.list(prefix);
  }

  @Override
  public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
    check();
    if (watchFailures > 0) {
      watchFailures--;
      throw new IOException("no watches are left");
    }
    if (mute) {
      return Optional.empty();
    }
    if (deaf) {
      return Optional.of(() -> {});
    }
    listeners.add(listener);
    Optional<Watch> watch = watchThere(prefix, listener);
    watch.ifPresent(watches::add);
    return watch;
  }

  private Optional<Watch> watchThere(KeyPrefix prefix, WatchListener listener) throws IOException {
    return store.watch(
        prefix,
        new WatchListener() {
          @Override
          public void changed(EntryInfo entry) {
            if (!down && !drops) {
              listener.changed(entry);
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
        });
  }

  @Override
  public String location() {
    return store.location();
  }

  @Override
  public void close() {}
}

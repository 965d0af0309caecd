package io.autotls.testing.engine;

import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
  private boolean down;
  private boolean losesAnswers;
  private boolean mute;
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

  void goesDown() {
    down = true;
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

  int writes() {
    return writes;
  }

  private void check() throws IOException {
    if (down) {
      throw new IOException("the store is down");
    }
  }

  @Override
  public Optional<Entry> read(String key) throws IOException {
    check();
    readFault.check(key);
    return store.read(key);
  }

  @Override
  public Version write(String key, byte[] value, Version expected) throws IOException {
    check();
    fault.check(key, writes++);
    Version version = store.write(key, value, expected);
    if (losesAnswers && key.startsWith("certificates/")) {
      throw new IOException("the answer was lost");
    }
    return version;
  }

  @Override
  public boolean delete(String key, Version expected) throws IOException {
    check();
    return store.delete(key, expected);
  }

  @Override
  public Stream<Key> list(String prefix) throws IOException {
    check();
    return store.list(prefix);
  }

  @Override
  public Optional<Watch> watch(String prefix, Consumer<Key> changed) throws IOException {
    check();
    if (mute) {
      return Optional.empty();
    }
    return store.watch(
        prefix,
        key -> {
          if (!down) {
            changed.accept(key);
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

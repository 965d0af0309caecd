package io.autotls.testing.simulation;

import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.util.Optional;

/** A storage that passes everything on; mutants change one thing. */
abstract class DecoratedStorage implements Storage {
  final Storage storage;

  DecoratedStorage(Storage storage) {
    this.storage = storage;
  }

  @Override
  public Optional<Entry> read(Key key) throws IOException {
    return storage.read(key);
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws IOException {
    return storage.write(key, value, expected);
  }

  @Override
  public boolean delete(Key key, Version expected) throws IOException {
    return storage.delete(key, expected);
  }

  @Override
  public Listing list(KeyPrefix prefix) throws IOException {
    return storage.list(prefix);
  }

  @Override
  public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
    return storage.watch(prefix, listener);
  }

  @Override
  public String location() {
    return storage.location();
  }

  @Override
  public void close() {
    storage.close();
  }

  Version present(Key key) throws IOException {
    return storage.read(key).map(Entry::version).orElse(Version.NONE);
  }

  static boolean isRecord(Key key) {
    return key.name().startsWith("certificates/");
  }

  static boolean isOutage(Key key) {
    return key.name().startsWith("issuers/");
  }

  static boolean isLease(Key key) {
    return key.name().startsWith("leases/certificates/");
  }
}

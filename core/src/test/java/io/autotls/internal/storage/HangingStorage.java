package io.autotls.internal.storage;

import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A store on a disk that is gone for a while: what is in there is freed by nothing but that. */
final class HangingStorage implements Storage {
  private final Storage storage;
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch closedListings = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean hangs;

  HangingStorage(Storage storage) {
    this.storage = storage;
  }

  /** From now on nothing comes back, and no interrupt helps. */
  void hangs() {
    asked.set(0);
    hangs = true;
  }

  /** All that hangs comes back, and nothing hangs any more. */
  void comesBack() {
    hangs = false;
    released.countDown();
  }

  /** How much was asked of it since it hangs. */
  int asked() {
    return asked.get();
  }

  void awaitInside() throws InterruptedException {
    inside.await();
  }

  CountDownLatch closedListings() {
    return closedListings;
  }

  private void hang() {
    asked.incrementAndGet();
    boolean interrupted = false;
    while (hangs) {
      inside.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        interrupted = true; // and it hangs on
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Optional<Entry> read(Key key) throws IOException {
    hang();
    return storage.read(key);
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws IOException {
    hang();
    return storage.write(key, value, expected);
  }

  @Override
  public boolean delete(Key key, Version expected) throws IOException {
    hang();
    return storage.delete(key, expected);
  }

  @Override
  public Listing list(KeyPrefix prefix) throws IOException {
    hang();
    Listing entries = storage.list(prefix);
    return new Listing() {
      @Override
      public boolean next() throws IOException {
        hang();
        return entries.next();
      }

      @Override
      public EntryInfo entry() {
        return entries.entry();
      }

      @Override
      public void close() {
        closedListings.countDown();
      }
    };
  }

  @Override
  public String location() {
    return storage.location();
  }

  @Override
  public void close() {}
}

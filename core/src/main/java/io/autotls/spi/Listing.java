package io.autotls.spi;

import java.io.IOException;
import java.util.NoSuchElementException;

/**
 * The entries below a prefix, one after the other, in no particular order. Close it; whoever has
 * seen enough closes it early.
 *
 * <pre>{@code
 * try (Listing entries = storage.list(KeyPrefix.of("challenges/"))) {
 *   while (entries.next()) {
 *     Key key = entries.entry().key();
 *   }
 * }
 * }</pre>
 *
 * <p>A store need not hold all of them in memory: a page, or the cursor of a database, is enough.
 * Entries that come or go meanwhile may or may not appear. For one thread at a time.
 */
public interface Listing extends AutoCloseable {
  /**
   * Goes on to the next entry; to the first one in the first call.
   *
   * @return false if there are no more
   * @throws IOException if the store failed; what was listed before is not all there is
   */
  boolean next() throws IOException;

  /**
   * The entry to which {@link #next()} went.
   *
   * @throws NoSuchElementException if it was not called, or has returned false
   */
  EntryInfo entry();

  /** Releases what the listing holds. Throws nothing; closing twice is harmless. */
  @Override
  void close();

  /** A listing of what is in memory anyway. */
  static Listing of(Iterable<EntryInfo> entries) {
    return new ListingOfIterator(entries.iterator());
  }
}

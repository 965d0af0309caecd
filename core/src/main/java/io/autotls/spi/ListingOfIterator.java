package io.autotls.spi;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** What {@link Listing#of} returns. */
final class ListingOfIterator implements Listing {
  private final Iterator<EntryInfo> entries;
  private @Nullable EntryInfo entry; // null before the first and after the last one

  ListingOfIterator(Iterator<EntryInfo> entries) {
    this.entries = entries;
  }

  @Override
  public boolean next() {
    entry = entries.hasNext() ? entries.next() : null;
    return entry != null;
  }

  @Override
  public EntryInfo entry() {
    if (entry == null) {
      throw new NoSuchElementException("next() went to no entry");
    }
    return entry;
  }

  @Override
  public void close() {}
}

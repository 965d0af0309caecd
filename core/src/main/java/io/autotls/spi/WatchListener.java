package io.autotls.spi;

/**
 * Who is told of changes in a {@link Storage}. Called on any thread, also before {@link
 * Storage#watch} has returned; returns soon, and throws nothing.
 *
 * <p>All it hears are hints. They may be late, repeated or lost, and may name entries that are gone
 * or were never there.
 */
public interface WatchListener {
  /**
   * That entry was created, changed or deleted, perhaps. It has a version only if it is there at
   * that version.
   */
  void changed(EntryInfo entry);

  /**
   * Changes may have been missed: a queue was full, a connection was lost and is there again, a
   * folder was replaced. The listener looks at everything.
   */
  void lost();

  /**
   * The watch has ended by itself and tells nothing any more: its connection is gone, or what it
   * could go on from (a revision that was compacted, a resource version that is too old). The
   * listener begins another one and looks at everything. Not called for a watch that its owner has
   * closed.
   *
   * @param cause what happened, for the log
   */
  void ended(Throwable cause);
}

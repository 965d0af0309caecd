package io.autotls.spi;

import java.util.function.Consumer;

/**
 * Who is told of changes in a {@link Storage}. Called on any thread; returns soon, and throws
 * nothing.
 *
 * <p>All it hears are hints. They may be late, repeated or lost, and may name entries that are gone
 * or were never there.
 */
public interface WatchListener {
  /** That entry was created, changed or deleted, perhaps. */
  void changed(Key key);

  /**
   * Changes may have been missed: a queue was full, a connection was lost, a folder was replaced.
   * The listener looks at everything.
   */
  void lost();

  /** A listener for those who look for themselves now and then anyway, and need no warning. */
  static WatchListener of(Consumer<Key> changed) {
    return new WatchListener() {
      @Override
      public void changed(Key key) {
        changed.accept(key);
      }

      @Override
      public void lost() {}
    };
  }
}

package io.autotls.internal.cluster;

import io.autotls.spi.Key;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Entries that the daily cleaning cannot make sense of. Each is left as it is and named once, since
 * the same line every day helps nobody, and the cleaning goes on with the next one: an entry that
 * somebody has damaged must not keep all others for ever.
 *
 * <p>Not safe for use by many threads: one run at a time.
 */
public final class UnreadableEntries {
  private static final Logger log = LoggerFactory.getLogger(UnreadableEntries.class);

  /** More lines than that are no news, and more names no use of memory. */
  private static final int MOST = 1_000;

  /** A store that fails so often in one run is down: the next day is soon enough. */
  private static final int FAILURES = 10;

  private final Set<Key> named = new HashSet<>();
  private int failures; // in this run

  /** A run begins. */
  public void begin() {
    failures = 0;
  }

  /** Leaves an entry where it is. */
  public void name(Key key, String why) {
    if (named.size() < MOST && named.add(key)) {
      log.warn(
          "The entry {} cannot be cleaned up: {}. Next: it stays as it is, and the others are"
              + " cleaned. To do: find out what wrote there.",
          key,
          why);
    }
  }

  /**
   * An entry could not be read, or not be deleted.
   *
   * @throws IOException if that happens too often: then it is about the store
   */
  public void failed(Key key, Exception failure) throws IOException {
    if (++failures > FAILURES) {
      throw new IOException("the storage fails for one entry after the other", failure);
    }
    name(key, String.valueOf(failure.getMessage()));
  }
}

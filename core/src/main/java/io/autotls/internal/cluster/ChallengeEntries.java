package io.autotls.internal.cluster;

import io.autotls.internal.text.Document;
import io.autotls.spi.Challenge;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Entries about challenges, with one prefix and one title, for those who clean up after others. */
public final class ChallengeEntries {
  private final Storage storage;
  private final KeyPrefix prefix;
  private final String title;

  /**
   * One of them.
   *
   * @param challenge null if it cannot be read
   */
  public record Found(
      Key key, Version version, Instant publishedAt, @Nullable Challenge challenge) {}

  ChallengeEntries(Storage storage, KeyPrefix prefix, String title) {
    this.storage = storage;
    this.prefix = prefix;
    this.title = title;
  }

  /** The keys of all that there are. */
  public List<Key> keys() throws IOException {
    List<Key> keys = new ArrayList<>();
    try (Listing entries = storage.list(prefix)) {
      while (entries.next()) {
        keys.add(entries.entry().key());
      }
    }
    return keys;
  }

  /**
   * Reads one; empty if it is gone.
   *
   * @throws IOException also if it is none of ours
   */
  public Optional<Found> read(Key key) throws IOException {
    Entry entry = storage.read(key).orElse(null);
    if (entry == null) {
      return Optional.empty();
    }
    Document document = Document.parse(entry.value());
    if (!document.title().equals(title)) {
      throw new IOException("it is no entry of AutoTls");
    }
    return Optional.of(
        new Found(
            key,
            entry.version(),
            ChallengeDocument.publishedAt(document),
            ChallengeDocument.challenge(document).orElse(null)));
  }

  /** Deletes one, unless it is in use again or gone. */
  public void delete(Found found) throws IOException {
    try {
      storage.delete(found.key(), found.version());
    } catch (ConflictException e) {
      // In use again.
    }
  }
}

package io.autotls.internal.cluster;

import io.autotls.internal.text.Document;
import io.autotls.spi.Challenge;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The challenges under way, shared through the storage, so that any node can answer a CA whichever
 * node it asks.
 */
public final class ChallengeStore implements AutoCloseable {
  private static final String TITLE = "AutoTls challenge";
  private static final KeyPrefix PREFIX = KeyPrefix.of("challenges/");

  /** HTTP-01 is asked for by token, and what belongs to a token never changes. */
  private static final KeyPrefix BY_TOKEN = KeyPrefix.of("challenges/http-01/");

  /** No CA looks at a challenge that long; what is older was left behind by a crash. */
  private static final Duration LONGEST_LIFE = Duration.ofDays(8);

  /** If the wall clock that says so is wrong, no order waits that long for its answer. */
  private static final Duration UNCHANGED = Duration.ofHours(20);

  private final Storage storage;
  private final TimeSource time;
  private final Map<Key, Challenge> ours = new ConcurrentHashMap<>();
  private final ChallengeSearch search;

  public ChallengeStore(Storage storage, TimeSource time) {
    this.storage = storage;
    this.time = time;
    this.search = new ChallengeSearch(storage, PREFIX, BY_TOKEN, ChallengeStore::decode, time);
  }

  public void publish(Challenge challenge) throws IOException {
    Key key = key(challenge);
    byte[] value = encode(challenge);
    try {
      storage.write(key, value, Version.NONE);
    } catch (ConflictException e) {
      // The same challenge from before a crash, or an older one for this name: ours is the newest.
      Optional<Entry> present = storage.read(key);
      storage.write(key, value, present.map(Entry::version).orElse(Version.NONE));
    }
    ours.put(key, challenge);
  }

  public void withdraw(Challenge challenge) throws IOException {
    Key key = key(challenge);
    ours.remove(key, challenge);
    Optional<Entry> present = storage.read(key);
    if (present.isPresent()
        && decode(present.get()).map(challenge::equals).orElse(Boolean.TRUE).booleanValue()) {
      try {
        storage.delete(key, present.get().version());
      } catch (ConflictException e) {
        // Replaced meanwhile by a newer challenge, which is not ours to withdraw.
      }
    }
  }

  /**
   * The challenge under way for {@code name}, on whichever node; may block for the storage.
   *
   * <p>Of what is asked for by name the storage knows better than this node: another one may have
   * gone on with the work since, and made an order with another challenge for the same name.
   */
  public Optional<Challenge> find(String type, String name) {
    Key key = key(type, name).orElse(null);
    Optional<Challenge> known = Optional.ofNullable(key).map(ours::get);
    if (key == null || known.isPresent() && BY_TOKEN.contains(key)) {
      return known;
    }
    return search.await(key).or(() -> known);
  }

  /** As {@link #find}, and holds no thread. */
  public CompletionStage<Optional<Challenge>> lookUp(String type, String name) {
    Key key = key(type, name).orElse(null);
    Optional<Challenge> known = Optional.ofNullable(key).map(ours::get);
    if (key == null || known.isPresent() && BY_TOKEN.contains(key)) {
      return CompletableFuture.completedFuture(known);
    }
    return search.find(key).thenApply(found -> found.or(() -> known));
  }

  /** Removes what crashes left behind; what is no challenge of ours stays. */
  public void sweep(UnreadableEntries oddities, Sightings sightings) throws IOException {
    List<Key> keys = new ArrayList<>();
    try (Listing entries = storage.list(PREFIX)) {
      while (entries.next()) {
        keys.add(entries.entry().key());
      }
    }
    for (Key key : keys) {
      try {
        sweep(key, oddities, sightings);
      } catch (IOException | RuntimeException e) {
        oddities.failed(key, e);
      }
    }
  }

  private void sweep(Key key, UnreadableEntries oddities, Sightings sightings) throws IOException {
    Optional<Entry> entry = storage.read(key);
    if (entry.isEmpty()) {
      return;
    }
    if (!Document.parse(entry.get().value()).title().equals(TITLE)) {
      oddities.name(key, "it is not a challenge of AutoTls");
    } else if (sightings.isUnchangedFor(UNCHANGED, key, entry.get().version())
        && publishedAt(entry.get()).isBefore(time.instant().minus(LONGEST_LIFE))) {
      try {
        storage.delete(key, entry.get().version());
      } catch (ConflictException e) {
        // In use again.
      }
    }
  }

  /** Whoever waits for an answer gets none any more. */
  @Override
  public void close() {
    search.close();
  }

  /** Where it would be; empty for what can be no key, whoever asks for that. */
  private static Optional<Key> key(String type, String name) {
    try {
      return Optional.of(PREFIX.key(type, name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** HTTP-01 is asked for by token, everything else by name. */
  private static Key key(Challenge challenge) {
    String name = challenge.type().equals("http-01") ? challenge.token() : challenge.identifier();
    return PREFIX.key(challenge.type(), name);
  }

  private byte[] encode(Challenge challenge) {
    return new Document.Writer(TITLE)
        .header("Type", challenge.type())
        .header("Identifier", challenge.identifier())
        .header("Wildcard", challenge.wildcard())
        .header("Token", challenge.token())
        .header("Key-Authorization", challenge.keyAuthorization())
        .header("Published", time.instant())
        .toBytes();
  }

  private static Optional<Challenge> decode(Entry entry) {
    Document document = Document.parse(entry.value());
    Optional<String> token = document.header("Token").filter(Challenge::isToken);
    if (!document.isComplete() || token.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Challenge(
            document.header("Type").orElse(""),
            document.header("Identifier").orElse(""),
            document.header("Wildcard").map(Boolean::valueOf).orElse(Boolean.FALSE).booleanValue(),
            token.get(),
            document.header("Key-Authorization").orElse("")));
  }

  private static Instant publishedAt(Entry entry) {
    try {
      return Document.parse(entry.value())
          .header("Published")
          .map(Instant::parse)
          .orElse(Instant.EPOCH);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH; // nobody can use it
    }
  }
}

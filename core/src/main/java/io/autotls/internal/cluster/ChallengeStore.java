package io.autotls.internal.cluster;

import io.autotls.internal.text.Document;
import io.autotls.spi.Challenge;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.LeaseLostException;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The challenges under way, shared through the storage, so that any node can answer a CA whichever
 * node it asks. Each is an entry of its own, by its token; but where a solver has one place for an
 * answer, whatever the token is, the entry is at that place and keeps others out of it.
 */
public final class ChallengeStore implements AutoCloseable {
  private static final String TITLE = "AutoTls challenge";
  private static final KeyPrefix PREFIX = KeyPrefix.of("challenges/");

  /** HTTP-01 is asked for by token, and what belongs to a token never changes. */
  private static final KeyPrefix BY_TOKEN = KeyPrefix.of("challenges/http-01/");

  /**
   * After that the place of an attempt that nobody goes on with is free: a step waits for its turn,
   * for a lease, or for a CA that is down, but hardly for longer.
   */
  private static final Duration ABANDONED = Duration.ofMinutes(15);

  private final Storage storage;
  private final TimeSource time;
  private final Map<Key, Challenge> ours = new ConcurrentHashMap<>();
  private final OngoingWork work;
  private final ChallengeSearch search;

  public ChallengeStore(Storage storage, OngoingWork work, TimeSource time, Executor executor) {
    this.storage = storage;
    this.work = work;
    this.time = time;
    this.search =
        new ChallengeSearch(storage, PREFIX, BY_TOKEN, ChallengeStore::decode, time, executor);
  }

  /** Whether this node still has the right to work on a certificate. */
  @FunctionalInterface
  public interface Fence {
    /** Throws a {@link LeaseLostException} if another node may work on it now. */
    void check() throws LeaseLostException;
  }

  /** What came of {@link #publish}. */
  public enum Claim {
    /** All nodes know the challenge, and its place is taken for it if it needs one. */
    TAKEN,
    /** Another certificate's order has the place, and nothing was published. */
    OCCUPIED
  }

  /**
   * Makes a challenge known. An entry at a place is at once the claim for it: who finds one of
   * another certificate, and of work that goes on, has to wait.
   *
   * @param place null if it needs none
   * @param fence asked after the entry was read that is going to be replaced: a node that stood
   *     still since must not put an old answer in the place of a new one
   */
  public Claim publish(Challenge challenge, @Nullable String place, Fence fence)
      throws IOException {
    Key key = key(challenge, place);
    byte[] value = ChallengeDocument.begin(TITLE, challenge, time.instant()).toBytes();
    try {
      storage.write(key, value, Version.NONE);
    } catch (ConflictException e) {
      Optional<Entry> present = storage.read(key);
      if (place != null && present.isPresent() && isInUse(challenge, present.get())) {
        return Claim.OCCUPIED;
      }
      fence.check();
      // The same challenge from before a crash, or an older one of this certificate; or garbage.
      if (!replace(key, value, present.map(Entry::version).orElse(Version.NONE))) {
        return Claim.OCCUPIED;
      }
    }
    ours.put(key, challenge);
    return Claim.TAKEN;
  }

  private boolean replace(Key key, byte[] value, Version present) throws IOException {
    try {
      storage.write(key, value, present);
      return true;
    } catch (ConflictException e) {
      return false; // somebody was faster
    }
  }

  private boolean isInUse(Challenge challenge, Entry present) throws IOException {
    Optional<String> other = decode(present).flatMap(Challenge::certificateId);
    return other.isPresent()
        && !other.equals(challenge.certificateId())
        && work.of(other.get(), ABANDONED) == OngoingWork.State.UNDER_WAY;
  }

  /** Forgets a challenge; another one at the same place stays. */
  public void withdraw(Challenge challenge, @Nullable String place) throws IOException {
    Key key = key(challenge, place);
    ours.computeIfPresent(key, (any, known) -> isSame(known, challenge) ? null : known);
    Optional<Entry> present = storage.read(key);
    if (present.isPresent()
        && decode(present.get()).map(one -> isSame(one, challenge)).orElse(Boolean.TRUE)) {
      try {
        storage.delete(key, present.get().version());
      } catch (ConflictException e) {
        // Replaced meanwhile by a newer challenge, which is not ours to withdraw.
      }
    }
  }

  private static boolean isSame(Challenge a, Challenge b) {
    return ChallengeDocument.id(a).equals(ChallengeDocument.id(b));
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

  /** What is published, by whichever node. */
  public ChallengeEntries entries() {
    return new ChallengeEntries(storage, PREFIX, TITLE);
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

  /** By token, or by the place where there is room for one. */
  private static Key key(Challenge challenge, @Nullable String place) {
    return PREFIX.key(challenge.type(), place != null ? place : ChallengeDocument.id(challenge));
  }

  private static Optional<Challenge> decode(Entry entry) {
    return ChallengeDocument.challenge(Document.parse(entry.value()));
  }
}

package io.autotls.internal.cluster;

import io.autotls.spi.Challenge;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds in the storage what other nodes published. Whoever asks may be a CA, or a scanner that
 * sends a thousand unknown tokens a second, and only the storage can tell which.
 *
 * <p>A few questions a second are answered by a read each. Those beyond share a list of all
 * challenges under way, which says for any number of tokens at once that they are unknown; only
 * what it names is read. So the storage has little to do in a flood, and nothing that a flood asks
 * for is kept: it cannot push out what a CA is going to ask for. A question that is answered with
 * "unknown" was asked before the look into the storage began, never after it.
 *
 * <p>Safe for use by many threads.
 */
public final class ChallengeSearch implements AutoCloseable {
  /** How many tasks may run at once: the reads, and one list. */
  public static final int WORKERS = 4;

  private static final Logger log = LoggerFactory.getLogger(ChallengeSearch.class);

  private static final int MOST_READS = WORKERS - 1;

  /** One is left for what a list named, whatever a flood asks for. */
  private static final int MOST_LONE_READS = MOST_READS - 1;

  private static final int LONE_READS_PER_SECOND = 20;

  /** A flood brings about ten lists a second at most. */
  private static final Duration BETWEEN_LISTS = Duration.ofMillis(100);

  /**
   * Each is a token and a connection of somebody; more would come in only while nothing answers.
   */
  private static final int MOST_WAITING = 20_000;

  /** Threads of callers that cannot wait in another way. */
  private static final int MOST_HELD_THREADS = 128;

  /** A CA looks from several places at once. Nobody is harmed if an answer outlives its order. */
  private static final Duration KEPT = Duration.ofSeconds(10);

  private static final int MOST_KEPT = 10_000;
  private static final int MOST_LISTED = 100_000;

  private static final CompletableFuture<Optional<Challenge>> UNKNOWN =
      CompletableFuture.completedFuture(Optional.empty());

  private final Storage storage;
  private final KeyPrefix prefix;
  private final KeyPrefix kept;
  private final Function<Entry, Optional<Challenge>> decode;
  private final TimeSource time;
  private final Executor executor;
  private final Semaphore heldThreads = new Semaphore(MOST_HELD_THREADS);
  private final Set<Question> open = ConcurrentHashMap.newKeySet();

  // All below is guarded by this.
  private final Map<Key, Found> known = new LinkedHashMap<>();
  private Map<Key, Question> waiting = new LinkedHashMap<>(); // for the next list to begin
  private final Map<Key, Question> listed = new LinkedHashMap<>(); // to be read, and asked for
  private final Set<Key> foreseen = new LinkedHashSet<>(); // to be read, for it will be asked for
  private int reads;
  private int loneReads;
  private double loneReadsLeft = LONE_READS_PER_SECOND;
  private long countedAt;
  private boolean listing; // one runs, or is planned
  private long listedAt;
  private boolean closed;

  private record Found(Challenge challenge, long until) {}

  /** A question that waits for its answer. */
  private final class Question extends CompletableFuture<Optional<Challenge>> {
    private Question() {
      open.add(this);
    }

    private void isAnswered(Optional<Challenge> found) {
      open.remove(this);
      complete(found);
    }
  }

  /** A look into the storage. */
  @FunctionalInterface
  private interface Look<T> {
    T take() throws IOException;
  }

  /**
   * Creates a search.
   *
   * @param prefix of all challenges
   * @param kept prefix of those whose content cannot change, so that they may be kept for a while
   */
  ChallengeSearch(
      Storage storage,
      KeyPrefix prefix,
      KeyPrefix kept,
      Function<Entry, Optional<Challenge>> decode,
      TimeSource time,
      Executor executor) {
    this.storage = storage;
    this.prefix = prefix;
    this.kept = kept;
    this.decode = decode;
    this.time = time;
    this.executor = executor;
    this.countedAt = time.nanos();
    this.listedAt = time.nanos() - BETWEEN_LISTS.toNanos();
  }

  /** Holds no thread of the caller. Empty also if it cannot be read. */
  CompletableFuture<Optional<Challenge>> find(Key key) {
    synchronized (this) {
      Challenge challenge = known(key);
      if (challenge != null) {
        return CompletableFuture.completedFuture(Optional.of(challenge));
      }
      if (!takesLoneRead()) {
        return join(key);
      }
    }
    Question question = new Question();
    executor.execute(() -> question.isAnswered(readAlone(key)));
    return question;
  }

  /** As {@link #find}, on the thread of the caller. */
  Optional<Challenge> await(Key key) {
    CompletableFuture<Optional<Challenge>> answer;
    synchronized (this) {
      Challenge challenge = known(key);
      if (challenge != null) {
        return Optional.of(challenge);
      }
      answer = takesLoneRead() ? null : join(key);
    }
    if (answer == null) {
      return readAlone(key);
    }
    if (!heldThreads.tryAcquire()) {
      return Optional.empty();
    }
    try {
      return answer.join(); // as long as a look into the storage takes, or until this is closed
    } finally {
      heldThreads.release();
    }
  }

  private @Nullable Challenge known(Key key) {
    Found found = known.get(key);
    if (found == null) {
      return null;
    }
    if (found.until() - time.nanos() < 0) {
      known.remove(key);
      return null;
    }
    return found.challenge();
  }

  private boolean takesLoneRead() {
    long now = time.nanos();
    double earned = (now - countedAt) * 1e-9 * LONE_READS_PER_SECOND;
    loneReadsLeft = Math.min(LONE_READS_PER_SECOND, loneReadsLeft + earned);
    countedAt = now;
    if (closed || loneReadsLeft < 1 || loneReads == MOST_LONE_READS || reads == MOST_READS) {
      return false;
    }
    loneReadsLeft--;
    loneReads++;
    reads++;
    return true;
  }

  private Optional<Challenge> readAlone(Key key) {
    try {
      return read(key);
    } finally {
      synchronized (this) {
        loneReads--;
        reads--;
      }
      readListed();
    }
  }

  private Optional<Challenge> read(Key key) {
    Optional<Challenge> found =
        look(() -> storage.read(key)).flatMap(entry -> entry).flatMap(decode);
    found.ifPresent(challenge -> keep(key, challenge));
    return found;
  }

  /** Looks a second time where that failed: a CA does not ask twice. */
  private static <T> Optional<T> look(Look<T> look) {
    for (int i = 0; i < 2; i++) {
      try {
        return Optional.of(look.take());
      } catch (IOException | RuntimeException e) {
        log.debug("cannot look for a challenge", e);
      }
    }
    return Optional.empty();
  }

  private synchronized void keep(Key key, Challenge challenge) {
    if (!kept.contains(key)) {
      return;
    }
    if (known.size() >= MOST_KEPT) {
      known.remove(known.keySet().iterator().next());
    }
    known.put(key, new Found(challenge, time.nanos() + KEPT.toNanos()));
  }

  private synchronized CompletableFuture<Optional<Challenge>> join(Key key) {
    Question same = waiting.get(key);
    if (same != null) {
      return same;
    }
    if (closed || waiting.size() == MOST_WAITING) {
      return UNKNOWN;
    }
    Question question = new Question();
    waiting.put(key, question);
    if (!listing) {
      planList();
    }
    return question;
  }

  private synchronized void planList() {
    listing = true;
    Duration delay = BETWEEN_LISTS.minusNanos(time.nanos() - listedAt);
    time.schedule(
        delay.isNegative() ? Duration.ZERO : delay, () -> executor.execute(this::answerByList));
  }

  /** Answers all who asked before it began. */
  private void answerByList() {
    Map<Key, Question> asked;
    synchronized (this) {
      asked = waiting;
      waiting = new LinkedHashMap<>();
      listedAt = time.nanos();
    }
    Optional<Set<Key>> present = look(this::list);
    List<Question> unknown;
    synchronized (this) {
      unknown = sort(asked, present.orElse(Set.of()));
      present.ifPresent(this::foresee);
      listing = false;
      if (!waiting.isEmpty() && !closed) {
        planList();
      }
    }
    readListed();
    unknown.forEach(question -> question.isAnswered(Optional.empty()));
  }

  private Set<Key> list() throws IOException {
    Set<Key> keys = new LinkedHashSet<>();
    try (Listing entries = storage.list(prefix)) {
      while (keys.size() < MOST_LISTED && entries.next()) {
        keys.add(entries.entry().key());
      }
    }
    return keys;
  }

  /** Lines up what is to be read, and returns those for whom there is nothing. */
  private List<Question> sort(Map<Key, Question> asked, Set<Key> present) {
    List<Question> unknown = new ArrayList<>();
    asked.forEach(
        (key, question) -> {
          Question before = present.contains(key) ? listed.putIfAbsent(key, question) : null;
          if (!present.contains(key)) {
            unknown.add(question);
          } else if (before != null) {
            before.thenAccept(question::isAnswered);
          }
        });
    return unknown;
  }

  /** What is under way is going to be asked for, by a CA that has no time to wait. */
  private void foresee(Set<Key> present) {
    long until = time.nanos() + KEPT.toNanos();
    known.keySet().retainAll(present);
    known.replaceAll((key, found) -> new Found(found.challenge(), until));
    for (Key key : present) {
      if (known.size() + foreseen.size() >= MOST_KEPT) {
        return;
      }
      if (kept.contains(key) && !known.containsKey(key) && !listed.containsKey(key)) {
        foreseen.add(key);
      }
    }
  }

  /** Reads what a list named, at most a few at once: what is asked for goes first. */
  private void readListed() {
    while (true) {
      Key key;
      Question question;
      synchronized (this) {
        boolean asked = !listed.isEmpty();
        if (reads == MOST_READS || !asked && foreseen.isEmpty()) {
          return;
        }
        key = asked ? listed.keySet().iterator().next() : foreseen.iterator().next();
        question = asked ? listed.remove(key) : new Question();
        foreseen.remove(key);
        reads++;
      }
      executor.execute(() -> readListed(key, question));
    }
  }

  private void readListed(Key key, Question question) {
    Optional<Challenge> found = read(key);
    synchronized (this) {
      reads--;
    }
    readListed();
    question.isAnswered(found);
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      waiting.clear();
      listed.clear();
      foreseen.clear();
    }
    List.copyOf(open).forEach(question -> question.isAnswered(Optional.empty()));
  }
}

package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link Storage} must do. A store is tested by a subclass that opens it, on the real
 * thing: a real database, a real server.
 *
 * <pre>{@code
 * class RedisStorageContractTest extends StorageContract {
 *   @Override protected Storage open() {
 *     return RedisStorage.at(redis.uri());
 *   }
 * }
 * }</pre>
 *
 * <p>The place behind the store must be empty when a test begins: clean it in a {@code @BeforeEach}
 * method, or use another key space for each instance of the test class.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public abstract class StorageContract {
  private static final int THREADS = 8;
  private static final long PATIENCE_SECONDS = 60;

  private final List<Storage> opened = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private Storage storage; // opened before each test

  /** For subclasses. */
  protected StorageContract() {}

  /** Opens the store. The contract closes it. */
  protected abstract Storage open() throws Exception;

  /**
   * Opens the same place once more, as another process would. {@link #open()} unless overridden;
   * empty for a store whose entries end with it.
   */
  protected Optional<Storage> openAgain() throws Exception {
    return Optional.of(open());
  }

  /** Passwords and the like with which the store is opened. None unless overridden. */
  protected Collection<String> secrets() {
    return List.of();
  }

  @BeforeEach
  final void openStorage() throws Exception {
    storage = remember(open());
  }

  @AfterEach
  final void closeStorages() {
    threads.shutdownNow();
    opened.forEach(Storage::close);
  }

  private Storage remember(Storage store) {
    opened.add(store);
    return store;
  }

  private Storage anotherClient() throws Exception {
    Optional<Storage> another = openAgain();
    assumeTrue(another.isPresent(), "the entries of this store end with it");
    return remember(another.get());
  }

  // Reading and writing

  @Test
  public final void whatWasNeverWrittenIsEmpty() throws Exception {
    assertThat(storage.read(Key.of("a/b"))).isEmpty();
  }

  @Test
  public final void whatWasWrittenIsRead() throws Exception {
    Version version = storage.write(Key.of("a/b"), bytes("value"), Version.NONE);

    Entry entry = storage.read(Key.of("a/b")).orElseThrow();
    assertThat(entry.value()).asString().isEqualTo("value");
    assertThat(entry.version()).isEqualTo(version).isNotEqualTo(Version.NONE);
  }

  @Test
  public final void readingTwiceGivesTheSameVersion() throws Exception {
    storage.write(Key.of("a"), bytes("value"), Version.NONE);

    assertThat(version("a")).isEqualTo(version("a"));
  }

  @Test
  public final void aWriteReplacesTheWholeValue() throws Exception {
    Version first = storage.write(Key.of("a"), bytes("a long first value"), Version.NONE);
    Version second = storage.write(Key.of("a"), bytes("short"), first);

    assertThat(value("a")).isEqualTo("short");
    assertThat(version("a")).isEqualTo(second).isNotEqualTo(first);
  }

  @Test
  public final void theSameBytesAgainAreAnotherVersion() throws Exception {
    Version first = storage.write(Key.of("a"), bytes("same"), Version.NONE);
    Version second = storage.write(Key.of("a"), bytes("same"), first);

    assertThat(second).isNotEqualTo(first);
  }

  @Test
  public final void anEmptyValueIsAValue() throws Exception {
    storage.write(Key.of("a"), new byte[0], Version.NONE);

    assertThat(storage.read(Key.of("a"))).get().extracting(Entry::value).isEqualTo(new byte[0]);
    assertThat(names("")).containsExactly("a");
  }

  @Test
  public final void anyBytesAreAValue() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    storage.write(Key.of("a"), all, Version.NONE);

    assertThat(storage.read(Key.of("a")).orElseThrow().value()).isEqualTo(all);
  }

  @Test
  public final void theLargestValueIsAccepted() throws Exception {
    byte[] large = new byte[Storage.MAX_VALUE_BYTES];
    new Random(1).nextBytes(large);

    Version first = storage.write(Key.of("a"), large, Version.NONE);
    assertThat(storage.read(Key.of("a")).orElseThrow().value()).isEqualTo(large);

    storage.write(Key.of("a"), large, first);
    assertThat(storage.read(Key.of("a")).orElseThrow().value()).isEqualTo(large);
  }

  @Test
  public final void theCallerMayUseItsArrayAgain() throws Exception {
    byte[] array = bytes("value");
    storage.write(Key.of("a"), array, Version.NONE);

    array[0] = 'X';

    assertThat(value("a")).isEqualTo("value");
  }

  // Compare-and-set

  @Test
  @Tag("PD82")
  public final void whatExistsIsNotCreated() throws Exception {
    Version version = storage.write(Key.of("a"), bytes("first"), Version.NONE);

    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("second"), Version.NONE))
        .isInstanceOfSatisfying(ConflictException.class, e -> assertThat(e.key()).hasToString("a"));
    assertThat(value("a")).isEqualTo("first");
    assertThat(version("a")).isEqualTo(version);
  }

  @Test
  @Tag("PD67")
  public final void aStaleVersionWritesNothing() throws Exception {
    Version stale = storage.write(Key.of("a"), bytes("first"), Version.NONE);
    Version present = storage.write(Key.of("a"), bytes("second"), stale);

    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("third"), stale))
        .isInstanceOf(ConflictException.class);
    assertThat(value("a")).isEqualTo("second");
    assertThat(version("a")).isEqualTo(present);
  }

  @Test
  public final void aVersionOfAnotherEntryWritesNothing() throws Exception {
    storage.write(Key.of("a"), bytes("same"), Version.NONE);
    Version other = storage.write(Key.of("b"), bytes("same"), Version.NONE);

    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("new"), other))
        .isInstanceOf(ConflictException.class);
    assertThat(value("a")).isEqualTo("same");
  }

  @Test
  public final void whatWasDeletedIsNotWrittenAtItsOldVersion() throws Exception {
    Version old = storage.write(Key.of("a"), bytes("value"), Version.NONE);
    storage.delete(Key.of("a"), old);

    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("new"), old))
        .isInstanceOf(ConflictException.class);
    assertThat(storage.read(Key.of("a"))).isEmpty();
  }

  @Test
  public final void aVersionThatWasNeverGivenWritesNothing() {
    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("new"), new Version("1")))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  public final void deletingAtThePresentVersionDeletes() throws Exception {
    Version version = storage.write(Key.of("a"), bytes("value"), Version.NONE);

    assertThat(storage.delete(Key.of("a"), version)).isTrue();
    assertThat(storage.read(Key.of("a"))).isEmpty();
    assertThat(names("")).isEmpty();
  }

  @Test
  public final void whatIsNotThereIsNotDeleted() throws Exception {
    Version version = storage.write(Key.of("a"), bytes("value"), Version.NONE);
    storage.delete(Key.of("a"), version);

    assertThat(storage.delete(Key.of("a"), version)).isFalse();
    assertThat(storage.delete(Key.of("never/there"), version)).isFalse();
  }

  @Test
  @Tag("PD82")
  public final void aStaleVersionDeletesNothing() throws Exception {
    Version stale = storage.write(Key.of("a"), bytes("first"), Version.NONE);
    storage.write(Key.of("a"), bytes("second"), stale);

    assertThatThrownBy(() -> storage.delete(Key.of("a"), stale))
        .isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> storage.delete(Key.of("a"), Version.NONE))
        .isInstanceOf(ConflictException.class);
    assertThat(value("a")).isEqualTo("second");
  }

  @Test
  public final void aVersionNeverComesBack() throws Exception {
    Set<Version> seen = new HashSet<>();
    for (int i = 0; i < 25; i++) {
      Version created = storage.write(Key.of("a"), bytes("same"), Version.NONE);
      Version written = storage.write(Key.of("a"), bytes("same"), created);
      storage.delete(Key.of("a"), written);
      assertThat(seen.add(created)).isTrue();
      assertThat(seen.add(written)).isTrue();
    }
  }

  // Many at once

  @Test
  @Tag("PD81")
  public final void ofManyWhoCreateOneDoes() throws Exception {
    for (int round = 0; round < 10; round++) {
      String key = "round/" + round;

      List<String> winners =
          inThreads(
              thread -> {
                storage.write(Key.of(key), bytes("by " + thread), Version.NONE);
                return "by " + thread;
              });

      assertThat(winners).hasSize(1);
      assertThat(value(key)).isEqualTo(winners.get(0));
    }
  }

  @Test
  public final void ofManyWhoDeleteOneDoes() throws Exception {
    for (int round = 0; round < 10; round++) {
      Version version = storage.write(Key.of("a"), bytes("value"), Version.NONE);

      List<Boolean> results = inThreads(thread -> storage.delete(Key.of("a"), version));

      assertThat(results).containsOnlyOnce(true);
    }
  }

  @Test
  @Tag("PD83")
  public final void noIncrementIsLost() throws Exception {
    int each = 25;
    storage.write(Key.of("counter"), bytes("0"), Version.NONE);

    inThreads(
        thread -> {
          for (int i = 0; i < each; i++) {
            increment(storage, "counter");
          }
          return thread;
        });

    assertThat(value("counter")).isEqualTo(Integer.toString(THREADS * each));
  }

  @Test
  public final void noIncrementIsLostBetweenClients() throws Exception {
    int each = 10;
    storage.write(Key.of("counter"), bytes("0"), Version.NONE);
    List<Storage> clients = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      clients.add(anotherClient());
    }

    inThreads(
        thread -> {
          for (int i = 0; i < each; i++) {
            increment(clients.get(thread), "counter");
          }
          return thread;
        });

    assertThat(value("counter")).isEqualTo(Integer.toString(THREADS * each));
  }

  @Test
  @Tag("PD11")
  @Tag("PD25")
  public final void readersSeeWholeValues() throws Exception {
    storage.write(Key.of("a"), filled(0), Version.NONE);
    AtomicBoolean done = new AtomicBoolean();
    Future<Integer> reads =
        threads.submit(
            () -> {
              int count = 0;
              for (; !done.get() || count == 0; count++) {
                byte[] value = storage.read(Key.of("a")).orElseThrow().value();
                assertThat(value).isEqualTo(filled(value[0]));
              }
              return count;
            });

    Version version = version("a");
    for (int i = 1; i <= 50; i++) {
      version = storage.write(Key.of("a"), filled(i), version);
    }

    done.set(true);
    assertThat(reads.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isPositive();
  }

  @Test
  public final void listingGoesOnWhileEntriesComeAndGo() throws Exception {
    storage.write(Key.of("a/stays"), bytes("value"), Version.NONE);
    AtomicBoolean done = new AtomicBoolean();
    Future<Integer> lists =
        threads.submit(
            () -> {
              int count = 0;
              for (; !done.get() || count == 0; count++) {
                assertThat(names("a/")).contains("a/stays");
              }
              return count;
            });

    for (int i = 0; i < 50; i++) {
      Version version = storage.write(Key.of("a/goes" + i % 3), bytes("value"), Version.NONE);
      storage.delete(Key.of("a/goes" + i % 3), version);
    }

    done.set(true);
    assertThat(lists.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isPositive();
  }

  // Keys

  @Test
  public final void allKeysThatAreAllowedAreKept() throws Exception {
    List<String> keys =
        List.of(
            "a",
            "a/b",
            "a/b/c",
            "a.entry",
            "a.entry/b",
            "challenges/dns/_acme-challenge.example.com",
            "challenges/http-01/!41b_-0",
            "challenges/http-01/a!42_-0",
            "certificates/*.example.com",
            "accounts/acme.example:14000/ops@example.com",
            "con",
            "nul.txt/aux",
            "ends-with-dot.",
            "ends-with-dot./b",
            "two..dots",
            "-",
            "_",
            "x".repeat(512),
            "!".repeat(255) + "/" + "*".repeat(256));
    for (String key : keys) {
      storage.write(Key.of(key), bytes("value of " + key), Version.NONE);
    }

    for (String key : keys) {
      assertThat(value(key)).isEqualTo("value of " + key);
    }
    assertThat(names("")).containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  public final void namesThatDifferInTheirCapitalsAloneAreTwoKeys() throws Exception {
    KeyPrefix challenges = KeyPrefix.of("challenges/http-01/");
    Key one = challenges.key("DGyRejmCefe7v4N");
    Key other = challenges.key("dgyrejmcefe7v4n");

    storage.write(one, bytes("one"), Version.NONE);
    storage.write(other, bytes("other"), Version.NONE);

    assertThat(storage.read(one).orElseThrow().value()).asString().isEqualTo("one");
    assertThat(storage.read(other).orElseThrow().value()).asString().isEqualTo("other");
    assertThat(names("challenges/")).containsExactlyInAnyOrder(one.name(), other.name());
  }

  @Test
  public final void aPrefixIsAFolder() throws Exception {
    for (String key : List.of("a", "a/b", "a/b/c", "a/bc", "ab/c", "b/a/b")) {
      storage.write(Key.of(key), bytes("value"), Version.NONE);
    }

    assertThat(names("")).hasSize(6);
    assertThat(names("a/")).containsExactlyInAnyOrder("a/b", "a/b/c", "a/bc");
    assertThat(names("a/b/")).containsExactly("a/b/c");
    assertThat(names("c/")).isEmpty();
  }

  @Test
  @Tag("PD83")
  public final void nothingInAPrefixIsAPattern() throws Exception {
    for (String key : List.of("a_c/x", "abc/x", "*/x", "a.c/x", "a!c/x")) {
      storage.write(Key.of(key), bytes("value"), Version.NONE);
    }

    assertThat(names("a_c/")).containsExactly("a_c/x");
    assertThat(names("*/")).containsExactly("*/x");
    assertThat(names("a.c/")).containsExactly("a.c/x");
  }

  @Test
  public final void aListingMayBeLeftEarly() throws Exception {
    for (int i = 0; i < 10; i++) {
      storage.write(Key.of("a/" + i), bytes("value"), Version.NONE);
    }

    Listing entries = storage.list(KeyPrefix.of("a/"));
    assertThat(entries.next()).isTrue();
    assertThat(entries.entry().key().name()).startsWith("a/");
    entries.close();
    entries.close();

    assertThat(names("a/")).hasSize(10);
  }

  @Test
  public final void aListingThatIsOverStaysOver() throws Exception {
    storage.write(Key.of("a"), bytes("value"), Version.NONE);

    try (Listing entries = storage.list(KeyPrefix.ALL)) {
      assertThat(entries.next()).isTrue();
      assertThat(entries.next()).isFalse();
      assertThat(entries.next()).isFalse();
      assertThatThrownBy(entries::entry).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  public final void manyEntriesAreListedOnce() throws Exception {
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      keys.add("many/" + i % 7 + "/" + i);
    }
    for (String key : keys) {
      storage.write(Key.of(key), bytes("value"), Version.NONE);
    }

    assertThat(names("many/")).containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  public final void versionsInAListingAreThoseOfTheEntries() throws Exception {
    Version first = storage.write(Key.of("a"), bytes("value"), Version.NONE);
    storage.write(Key.of("a"), bytes("value"), first);
    storage.write(Key.of("b"), bytes("value"), Version.NONE);

    try (Listing entries = storage.list(KeyPrefix.ALL)) {
      while (entries.next()) {
        EntryInfo entry = entries.entry();
        if (entry.version().isPresent()) {
          assertThat(entry.version()).contains(version(entry.key().name()));
        }
      }
    }
  }

  // Watching

  @Test
  public final void aWatchHearsOfCreatedChangedAndDeletedEntries() throws Exception {
    Version first = storage.write(Key.of("a/changed"), bytes("1"), Version.NONE);
    Version last = storage.write(Key.of("a/deleted"), bytes("1"), Version.NONE);
    BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    watch(storage, "a/", changes);

    storage.write(Key.of("a/created"), bytes("1"), Version.NONE);
    awaitChange(changes, "a/created");
    storage.write(Key.of("a/changed"), bytes("2"), first);
    awaitChange(changes, "a/changed");
    storage.delete(Key.of("a/deleted"), last);
    awaitChange(changes, "a/deleted");
  }

  @Test
  public final void aWatchHearsOfOtherClients() throws Exception {
    BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    watch(storage, "", changes);
    Storage other = anotherClient();

    other.write(Key.of("a/new/folder/x"), bytes("1"), Version.NONE);
    awaitChange(changes, "a/new/folder/x");
    Version version = other.write(Key.of("a/new/folder/y"), bytes("1"), Version.NONE);
    awaitChange(changes, "a/new/folder/y");
    other.delete(Key.of("a/new/folder/y"), version);
    awaitChange(changes, "a/new/folder/y");
  }

  @Test
  public final void aWatchHearsOfItsPrefixOnly() throws Exception {
    BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    watch(storage, "a/", changes);

    storage.write(Key.of("b/x"), bytes("1"), Version.NONE);
    storage.write(Key.of("ab/x"), bytes("1"), Version.NONE);
    storage.write(Key.of("a/x"), bytes("1"), Version.NONE);

    assertThat(changes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("a/x");
  }

  @Test
  public final void aWatcherThatFailsHurtsNobody() throws Exception {
    BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    assumeTrue(
        storage
            .watch(
                KeyPrefix.ALL,
                listener(
                    key -> {
                      throw new IllegalStateException("thrown by the test for " + key);
                    }))
            .isPresent(),
        "this store is polled");
    watch(storage, "", changes);

    storage.write(Key.of("a"), bytes("1"), Version.NONE);
    awaitChange(changes, "a");
    storage.write(Key.of("b"), bytes("1"), Version.NONE);
    awaitChange(changes, "b");
  }

  @Test
  public final void aClosedWatchHearsNothing() throws Exception {
    BlockingQueue<String> closed = new LinkedBlockingQueue<>();
    BlockingQueue<String> open = new LinkedBlockingQueue<>();
    Watch watch = watch(storage, "", closed);
    watch(storage, "", open);

    watch.close();
    watch.close();
    storage.write(Key.of("a"), bytes("1"), Version.NONE);

    awaitChange(open, "a");
    assertThat(closed).isEmpty();
  }

  // The store itself

  @Test
  public final void entriesOutliveTheStore() throws Exception {
    Version version = storage.write(Key.of("a/b"), bytes("value"), Version.NONE);
    storage.close();

    Storage again = anotherClient();

    Entry entry = again.read(Key.of("a/b")).orElseThrow();
    assertThat(entry.value()).asString().isEqualTo("value");
    assertThat(entry.version()).isEqualTo(version);
    assertThatThrownBy(() -> again.write(Key.of("a/b"), bytes("new"), Version.NONE))
        .isInstanceOf(ConflictException.class);
    again.write(Key.of("a/b"), bytes("new"), version);
  }

  @Test
  public final void closingTwiceIsHarmless() {
    storage.close();
    storage.close();
  }

  @Test
  public final void theLocationSaysWhereWithoutSecrets() {
    assertThat(storage.location()).isNotBlank().hasLineCount(1);
    for (String secret : secrets()) {
      assertThat(storage.location()).doesNotContain(secret);
      assertThat(storage.toString()).doesNotContain(secret);
    }
  }

  // Words

  private static void increment(Storage store, String key) throws IOException {
    while (true) {
      Entry entry = store.read(Key.of(key)).orElseThrow();
      int count = Integer.parseInt(new String(entry.value(), StandardCharsets.UTF_8));
      try {
        store.write(Key.of(key), bytes(Integer.toString(count + 1)), entry.version());
        return;
      } catch (ConflictException e) {
        continue; // another thread was faster
      }
    }
  }

  /** Runs the work in all threads at once; those that meet a conflict have no result. */
  private <T> List<T> inThreads(Work<T> work) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Optional<T>>> futures = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      Callable<Optional<T>> task =
          () -> {
            start.await();
            try {
              return Optional.of(work.run(thread));
            } catch (ConflictException e) {
              return Optional.empty();
            }
          };
      futures.add(threads.submit(task));
    }
    start.countDown();
    List<T> results = Collections.synchronizedList(new ArrayList<>());
    for (Future<Optional<T>> future : futures) {
      future.get(PATIENCE_SECONDS, TimeUnit.SECONDS).ifPresent(results::add);
    }
    return results;
  }

  private static Watch watch(Storage store, String prefix, BlockingQueue<String> changes)
      throws IOException {
    Optional<Watch> watch =
        store.watch(KeyPrefix.of(prefix), listener(key -> changes.add(key.name())));
    assumeTrue(watch.isPresent(), "this store is polled");
    return watch.get();
  }

  /** Who hears of changes; losses are looked for by the engine, and not by these tests. */
  private static WatchListener listener(Consumer<Key> changed) {
    return new WatchListener() {
      @Override
      public void changed(EntryInfo entry) {
        changed.accept(entry.key());
      }

      @Override
      public void lost() {}

      @Override
      public void ended(Throwable cause) {
        throw new AssertionError("nothing here ends a watch", cause);
      }
    };
  }

  /** Waits for a change, skips repeated news of others, and forgets what is known by then. */
  private static void awaitChange(BlockingQueue<String> changes, String key) throws Exception {
    String change;
    do {
      change = changes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(change).as("the news of a change of %s", key).isNotNull();
    } while (!key.equals(change));
  }

  private List<String> names(String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    try (Listing entries = storage.list(KeyPrefix.of(prefix))) {
      while (entries.next()) {
        names.add(entries.entry().key().name());
      }
    }
    return names;
  }

  private String value(String key) throws IOException {
    return new String(storage.read(Key.of(key)).orElseThrow().value(), StandardCharsets.UTF_8);
  }

  private Version version(String key) throws IOException {
    return storage.read(Key.of(key)).orElseThrow().version();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] filled(int content) {
    byte[] value = new byte[100_000];
    Arrays.fill(value, (byte) content);
    return value;
  }

  @FunctionalInterface
  private interface Work<T> {
    T run(int thread) throws Exception;
  }
}

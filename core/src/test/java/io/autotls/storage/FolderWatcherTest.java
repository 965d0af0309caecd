package io.autotls.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.StoredNames;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The watch of a folder, whatever becomes of the folder. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FolderWatcherTest {
  private static final long PATIENCE_SECONDS = 60;
  private static final String LOST = "lost";

  /** More than the JDK keeps for one folder. */
  private static final int TOO_MANY = 2_000;

  /** So often, a folder vanishes before it is looked at, and now and then while it is. */
  private static final int OFTEN = 300;

  @TempDir private Path parent;

  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private FileStorage storage;

  @BeforeEach
  void openStorage() {
    storage = watchedAt(folder());
  }

  @AfterEach
  void closeStorage() {
    storage.close();
  }

  @Test
  void aWatchOfALocalFolderIsReliable() throws IOException {
    assertThat(watch().isReliable()).isTrue();
  }

  @Test
  void whereNobodyIsKnownToTellOfOtherMachinesAWatchIsNotReliedOn() {
    for (String type : new String[] {"nfs4", "cifs", "fuse.sshfs", "9p", "virtiofs", "new-one"}) {
      assertThat(new FileSystemKind(type).tellsOfEverybody()).as(type).isFalse();
    }
  }

  @Test
  void moreChangesThanTheSystemKeepsAreALossAndTheWatchGoesOn() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    storage.write(Key.of("certificates/first"), bytes("1"), Version.NONE);
    Watch watch =
        watch(
            key -> {
              busy.countDown();
              awaitOpen(done);
            });
    storage.write(Key.of("certificates/second"), bytes("1"), Version.NONE);
    awaitOpen(busy);
    for (int i = 0; i < TOO_MANY; i++) {
      Files.writeString(folder().resolve("certificates/f" + i + ".txt"), "x");
    }

    done.countDown();

    awaitHeard(LOST);
    assertThat(watch.isReliable()).isTrue();
    storage.write(Key.of("certificates/after"), bytes("1"), Version.NONE);
    awaitHeard("certificates/after");
  }

  @Test
  void filesThatVanishWhileTheyAreLookedAtEndNothing() throws Exception {
    watch();
    for (int i = 0; i < OFTEN; i++) {
      Path folder = Files.createDirectories(folder().resolve("sub" + i % 10));
      Path file = folder.resolve(".0123456789abcdef.tmp");
      Files.writeString(file, "x");
      Files.delete(file);
      Files.delete(folder);
    }

    Version version = storage.write(Key.of("a/b"), bytes("1"), Version.NONE);
    awaitSeen("a/b", "1");
    storage.write(Key.of("a/b"), bytes("2"), version);
    awaitSeen("a/b", "2");
  }

  @Test
  void whatIsNoEntryIsNotTold() throws Exception {
    watch();

    Files.createDirectories(folder().resolve("a"));
    for (String name : new String[] {"README.txt", "%zz.entry", "UPPER.entry", ".lock", ".entry"}) {
      Files.writeString(folder().resolve("a").resolve(name), "by a person");
      Files.writeString(folder().resolve(name), "by a person");
    }
    storage.write(Key.of("a/b"), bytes("1"), Version.NONE);

    assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("a/b");
  }

  @Test
  void aFolderThatTakesThePlaceOfAnotherIsWatched() throws Exception {
    storage.write(Key.of("a"), bytes("1"), Version.NONE);
    Watch watch = watch();

    Files.move(folder(), parent.resolve("old"));
    Files.createDirectory(folder());

    awaitHeard(LOST);
    storage.write(Key.of("b"), bytes("1"), Version.NONE);
    awaitSeen("b", "1");
    assertThat(watch.isReliable()).isTrue();
  }

  @Test
  void aFolderBelowThatTakesThePlaceOfAnotherIsWatched() throws Exception {
    storage.write(Key.of("a/b"), bytes("1"), Version.NONE);
    watch();

    Files.move(folder().resolve("a"), parent.resolve("old"));
    Files.move(parent.resolve("old"), folder().resolve("kept"));
    Version version = storage.write(Key.of("a/b"), bytes("1"), Version.NONE);

    awaitSeen("a/b", "1");
    storage.write(Key.of("a/b"), bytes("2"), version);
    awaitSeen("a/b", "2");
  }

  @Test
  void aLinkThatLeadsElsewhereIsFollowed() throws Exception {
    Path link = parent.resolve("live");
    Path first = Files.createDirectory(parent.resolve("v1"));
    Path second = Files.createDirectory(parent.resolve("v2"));
    Files.createSymbolicLink(link, first);
    try (FileStorage linked = watchedAt(link)) {
      linked.watch(KeyPrefix.ALL, listener(linked, key -> {}));

      Files.createSymbolicLink(parent.resolve("new"), second);
      Files.move(parent.resolve("new"), link, StandardCopyOption.ATOMIC_MOVE);

      awaitHeard(LOST);
      linked.write(Key.of("a"), bytes("1"), Version.NONE);
      awaitSeen("a", "1");
      assertThat(second.resolve("a.entry")).exists();
    }
  }

  @Test
  void aFolderThatIsGoneIsNotReliedOnUntilItIsBack() throws Exception {
    storage.write(Key.of("a"), bytes("1"), Version.NONE);
    Watch watch = watch();

    Files.move(folder(), parent.resolve("away"));
    awaitHeard(LOST);
    assertThat(watch.isReliable()).isFalse();

    Files.move(parent.resolve("away"), folder());
    awaitHeard(LOST);
    assertThat(watch.isReliable()).isTrue();
  }

  @Test
  void aFolderThatIsDeletedAndMadeAgainIsWatched() throws Exception {
    storage.write(Key.of("a/b"), bytes("1"), Version.NONE);
    watch();

    delete(folder());
    awaitHeard(LOST);
    Version version = storage.write(Key.of("a/b"), bytes("1"), Version.NONE);

    awaitSeen("a/b", "1");
    storage.write(Key.of("a/b"), bytes("2"), version);
    awaitSeen("a/b", "2");
  }

  // Words

  private static FileStorage watchedAt(Path folder) {
    return new FileStorage(
        folder,
        OpenFolder.REFUSE,
        new FolderLock(1_000),
        new SecureRandom(),
        Duration.ofMillis(20));
  }

  private Watch watch() throws IOException {
    return watch(key -> {});
  }

  private Watch watch(Consumer<Key> first) throws IOException {
    return storage.watch(KeyPrefix.ALL, listener(storage, first)).orElseThrow();
  }

  /** Looks at what it is told of, and at everything when something may have been missed. */
  private WatchListener listener(FileStorage watched, Consumer<Key> first) {
    return new WatchListener() {
      @Override
      public void changed(EntryInfo entry) {
        Key key = entry.key();
        first.accept(key);
        heard.add(key.name());
        look(watched, key);
      }

      @Override
      public void lost() {
        try {
          StoredNames.of(watched, "").forEach(name -> look(watched, Key.of(name)));
        } catch (IOException e) {
          heard.add("the folder is not there: " + e);
        }
        heard.add(LOST);
      }

      @Override
      public void ended(Throwable cause) {
        heard.add("the watch ended: " + cause);
      }
    };
  }

  private void look(FileStorage watched, Key key) {
    try {
      watched
          .read(key)
          .map(entry -> new String(entry.value(), StandardCharsets.UTF_8))
          .ifPresent(value -> heard.add(seen(key.name(), value)));
    } catch (IOException e) {
      heard.add(key + " cannot be read: " + e);
    }
  }

  private static String seen(String key, String value) {
    return key + " is " + value;
  }

  /**
   * Waits until whoever looks when told to has seen that value. Which way it was told does not
   * matter: where the folders are watched anew at that moment, it is a loss.
   */
  private void awaitSeen(String key, String value) throws InterruptedException {
    awaitHeard(seen(key, value));
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for that, and skips what is heard before. */
  private void awaitHeard(String wanted) throws InterruptedException {
    String next;
    do {
      next = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(next).as("until %s is heard", wanted).isNotNull();
    } while (!next.equals(wanted));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private Path folder() {
    return parent.resolve("autotls");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

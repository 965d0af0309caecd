package io.autotls.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.autotls.spi.ChangeListener;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Storage;
import io.autotls.spi.StoredNames;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.math.BigInteger;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FileStorageTest {
  private static final long PATIENCE_SECONDS = 60;

  @TempDir private Path parent;

  // What people see

  @Test
  void anEntryIsOneLineOfOursAndTheValueAsItIs() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    Version first = storage.write(Key.of("certificates/0b5c"), bytes("a\nb\n"), Version.NONE);
    storage.write(Key.of("certificates/0b5c"), bytes("c\n"), first);

    assertThat(Files.readString(file("certificates/0b5c.entry")))
        .matches("AutoTls entry 2-[0-9a-f]{16}\nc\n");
  }

  @Test
  void opensslReadsAnEntryOfPemBlocks() throws Exception {
    assumeTrue(isOnPath("openssl"), "SKIPPED: there is no openssl to read the file with");
    FileStorage storage = FileStorage.at(folder());
    storage.write(Key.of("certificates/0b5c"), bytes(pemRecord()), Version.NONE);
    String file = file("certificates/0b5c.entry").toString();

    assertThat(run("openssl", "x509", "-in", file, "-noout", "-subject")).contains("example.com");
    assertThat(run("openssl", "pkey", "-in", file, "-noout", "-text")).contains("Private-Key");
  }

  @Test
  @Tag("PD54")
  void filesAndFoldersAreForTheOwnerAlone() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    storage.write(Key.of("a/b/c"), bytes("value"), Version.NONE);

    try (Stream<Path> paths = Files.walk(folder())) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        assertThat(mode(path))
            .as(path.toString())
            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
      }
    }
  }

  @Test
  @Tag("PD62")
  @Tag("FT39")
  void aFileThatOthersMayReadIsTakenFromThem() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    storage.write(Key.of("a"), bytes("value"), Version.NONE);
    Files.setPosixFilePermissions(file("a.entry"), PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThat(text(storage, "a")).isEqualTo("value");

    assertThat(mode(file("a.entry"))).isEqualTo("rw-------");
  }

  @Test
  void theLocationIsTheWholePath() {
    assertThat(FileStorage.at(folder()).location()).isEqualTo("file:" + folder());
    assertThat(FileStorage.at(Path.of("autotls")).location())
        .isEqualTo("file:" + Path.of("autotls").toAbsolutePath());
  }

  // What people do

  @Test
  void aFileWithoutOurLineIsAnEntry() throws IOException {
    Files.createDirectories(file("certificates"));
    Files.writeString(file("certificates/foreign.entry"), "written by hand");
    FileStorage storage = FileStorage.at(folder());

    Entry entry = storage.read(Key.of("certificates/foreign")).orElseThrow();
    assertThat(text(entry)).isEqualTo("written by hand");
    assertThat(storage.read(Key.of("certificates/foreign")).orElseThrow().version())
        .isEqualTo(entry.version());

    storage.write(Key.of("certificates/foreign"), bytes("written by us"), entry.version());
    assertThat(text(storage, "certificates/foreign")).isEqualTo("written by us");
  }

  @Test
  void anEditedFileIsAnotherVersion() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    Version before = storage.write(Key.of("a"), bytes("value"), Version.NONE);
    Files.writeString(
        file("a.entry"), Files.readString(file("a.entry")).replace("value", "edited"));

    assertThat(text(storage, "a")).isEqualTo("edited");
    assertThat(storage.read(Key.of("a")).orElseThrow().version()).isNotEqualTo(before);
    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("new"), before))
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void aFileOfAnyLengthIsReadAsItIs() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    storage.write(Key.of("a"), bytes("value"), Version.NONE);
    String whole = Files.readString(file("a.entry"));

    for (int length = 0; length < whole.length(); length++) {
      Files.writeString(file("a.entry"), whole.substring(0, length));
      Entry torn = storage.read(Key.of("a")).orElseThrow();
      assertThat(text(torn)).isNotEqualTo("value");
      assertThat(whole).contains(text(torn));
    }

    Version torn = storage.read(Key.of("a")).orElseThrow().version();
    storage.write(Key.of("a"), bytes("repaired"), torn);
    assertThat(text(storage, "a")).isEqualTo("repaired");
  }

  @Test
  void aValueThatLooksLikeOurLineIsAValue() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    String value = "AutoTls entry 7-0123456789abcdef\nrest";
    storage.write(Key.of("a"), bytes(value), Version.NONE);

    assertThat(text(storage, "a")).isEqualTo(value);
  }

  @Test
  void aFileTooLargeForAnEntryIsNotReadIntoMemory() throws IOException {
    Files.createDirectories(folder());
    Files.write(file("large.entry"), new byte[Storage.MAX_VALUE_BYTES * 2]);

    assertThatThrownBy(() -> FileStorage.at(folder()).read(Key.of("large")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file("large.entry") + " is larger than an entry can be");
  }

  @Test
  void whatIsNotOursIsNotListed() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    storage.write(Key.of("a/b"), bytes("value"), Version.NONE);
    Files.writeString(file("README.txt"), "by a person");
    Files.writeString(file("a/UPPER.entry"), "not a name that we write");
    Files.writeString(file("a/%zz.entry"), "not an escape");
    Files.writeString(file("a/%6.entry"), "half an escape");
    Files.writeString(file("a/.0123456789abcdef.tmp"), "left behind");
    Files.createSymbolicLink(file("a/loop"), folder());

    assertThat(StoredNames.of(storage, "")).containsExactly("a/b");
  }

  @Test
  void namesThatOtherSystemsCannotKeepAreEscaped() throws IOException {
    FileNames names = new FileNames(folder());

    assertThat(names.file(Key.of("certificates/*.example.com")))
        .isEqualTo(file("certificates/%2A.example.com.entry"));
    assertThat(names.file(Key.of("ca.example:14000/!41b")))
        .isEqualTo(file("ca.example%3A14000/!41b.entry"));
    assertThat(names.file(Key.of("con/nul.txt/com"))).isEqualTo(file("%63on/%6Eul.txt/com.entry"));
    assertThat(names.file(Key.of("dot./dot."))).isEqualTo(file("dot%2E/dot%2E.entry"));
    assertThat(names.file(Key.of("a.entry/a"))).isEqualTo(file("a%2Eentry/a.entry"));
    assertThat(names.file(Key.of("x".repeat(201))))
        .isEqualTo(file("x".repeat(200) + "+").resolve("x.entry"));
  }

  // Starting, and what goes wrong

  @Test
  void nothingIsTouchedBeforeTheFirstWrite() throws IOException {
    FileStorage storage = FileStorage.at(folder());

    assertThat(storage.read(Key.of("a"))).isEmpty();
    assertThat(StoredNames.of(storage, "a/")).isEmpty();
    assertThat(storage.delete(Key.of("a"), new Version("1"))).isFalse();
    storage.close();

    assertThat(folder()).doesNotExist();
  }

  @Test
  void theCheckCreatesTheFolderAndLeavesNothingElse() throws IOException {
    FileStorage.at(folder()).checkWritable();

    assertThat(folder()).isDirectoryNotContaining(p -> !p.endsWith(FolderLock.FILE));
  }

  @Test
  void aFolderRemovedMeanwhileIsCreatedAgain() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    storage.write(Key.of("a/b"), bytes("value"), Version.NONE);
    for (String path : List.of("a/b.entry", "a", FolderLock.FILE, "")) {
      Files.delete(file(path));
    }

    storage.write(Key.of("a/b"), bytes("again"), Version.NONE);

    assertThat(text(storage, "a/b")).isEqualTo("again");
  }

  @Test
  void aFileInPlaceOfTheFolderIsExplained() throws IOException {
    Files.writeString(folder(), "a file");

    assertThatThrownBy(() -> FileStorage.at(folder()).checkWritable())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder() + " is a file, and a folder is needed there")
        .hasMessageContaining("set autotls.storage");
    assertThatThrownBy(() -> FileStorage.at(folder()).read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder() + " is a file, and a folder is needed there");
  }

  @Test
  @Tag("FT39")
  void aFolderWithoutRightsIsExplained() throws Exception {
    FileStorage storage = FileStorage.at(folder());
    storage.write(Key.of("a/b"), bytes("value"), Version.NONE);
    whileReadOnly(
        file("a"),
        () -> {
          assertThatThrownBy(() -> storage.write(Key.of("a/c"), bytes("value"), Version.NONE))
              .isInstanceOf(IOException.class)
              .isNotInstanceOf(ConflictException.class)
              .hasMessageContaining("cannot write " + file("a/c.entry"))
              .hasMessageContaining("To do: ")
              .hasMessageContaining("set autotls.storage");
          assertThat(text(storage, "a/b")).isEqualTo("value");
        });
    Files.delete(file(FolderLock.FILE));
    whileReadOnly(
        folder(),
        () -> {
          assertThatThrownBy(() -> FileStorage.at(folder()).checkWritable())
              .isInstanceOf(IOException.class)
              .hasMessageContaining("cannot write to " + folder());
          assertThat(text(FileStorage.at(folder()), "a/b")).isEqualTo("value");
        });
  }

  @Test
  void leftoversOfInterruptedWritesAreSweptByTheNextWriter() throws IOException {
    FileStorage.at(folder()).write(Key.of("a/b"), bytes("value"), Version.NONE);
    Files.writeString(file("a/.0123456789abcdef.tmp"), "half a val");
    Files.writeString(file(".hidden.tmp"), "a person's");

    FileStorage.at(folder()).write(Key.of("c"), bytes("value"), Version.NONE);

    assertThat(file("a/.0123456789abcdef.tmp")).doesNotExist();
    assertThat(file(".hidden.tmp")).exists();
    assertThat(text(FileStorage.at(folder()), "a/b")).isEqualTo("value");
  }

  @Test
  void whatAKilledProcessLeavesBehindIsGoneADayLaterWithoutARestart() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    Version version = storage.write(Key.of("a/b"), bytes("value"), Version.NONE);
    Files.writeString(file("a/.0123456789abcdef.tmp"), "half a val");
    version = storage.write(Key.of("a/b"), bytes("value"), version);
    assertThat(file("a/.0123456789abcdef.tmp")).exists();

    Path lock = file(FolderLock.FILE);
    FileTime sweptAt = Files.getLastModifiedTime(lock); // by the clock of the file system
    Files.setLastModifiedTime(lock, FileTime.from(sweptAt.toInstant().minus(Duration.ofHours(25))));
    version = storage.write(Key.of("a/b"), bytes("value"), version);

    assertThat(file("a/.0123456789abcdef.tmp")).doesNotExist();
    Files.writeString(file("a/.0123456789abcdef.tmp"), "half a val");
    storage.write(Key.of("a/b"), bytes("value"), version);
    assertThat(file("a/.0123456789abcdef.tmp")).exists(); // once a day is enough
  }

  @Test
  @Tag("FT39")
  @Tag("PD61")
  void aWriteThatFailsLeavesTheEntryAndNothingElse() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    Files.createDirectories(file("a.entry/in-the-way"));

    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("value"), Version.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file("a.entry").toString());

    assertThat(folder()).isDirectoryNotContaining(p -> p.toString().endsWith(".tmp"));
  }

  @Test
  void anInterruptedWriterSaysSoAndLeavesNothingBehind() throws IOException {
    FileStorage storage = FileStorage.at(folder());
    Version version = storage.write(Key.of("a"), bytes("value"), Version.NONE);

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("new"), version))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();

    assertThat(text(storage, "a")).isIn("value", "new");
    assertThat(folder()).isDirectoryNotContaining(p -> p.toString().endsWith(".tmp"));
  }

  // Other processes

  @Test
  void aLockThatIsHeldElsewhereIsWaitedForAWhileOnly() throws Exception {
    FileStorage storage =
        new FileStorage(
            folder(),
            OpenFolder.REFUSE,
            new FolderLock(5),
            new SecureRandom(),
            FolderWatcher.CHECK);
    storage.write(Key.of("a"), bytes("value"), Version.NONE);
    try (StorageProcess other = StorageProcess.start("lock", folder(), 0)) {
      other.awaitSteps(1);

      assertThatThrownBy(() -> storage.write(Key.of("b"), bytes("value"), Version.NONE))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file(FolderLock.FILE) + " has been locked by another process")
          .hasMessageContaining("nothing was written");
      assertThat(text(storage, "a")).isEqualTo("value");

      other.kill();
      storage.write(Key.of("b"), bytes("value"), Version.NONE);
    }
  }

  @Test
  void twoProcessesLoseNoIncrement() throws Exception {
    int each = 150;
    try (StorageProcess one = StorageProcess.start("count", folder(), each);
        StorageProcess two = StorageProcess.start("count", folder(), each)) {
      assertThat(one.awaitEnd()).isZero();
      assertThat(two.awaitEnd()).isZero();
    }

    assertThat(text(FileStorage.at(folder()), "counter")).isEqualTo(Integer.toString(2 * each));
  }

  @Test
  @Tag("FT39")
  @Tag("PD61")
  void aKilledWriterLeavesNoTornEntry() throws Exception {
    Random random = new Random(20261124);
    for (int round = 0; round < 20; round++) {
      try (StorageProcess writer = StorageProcess.start("write", folder(), random.nextInt())) {
        writer.awaitSteps(1 + random.nextInt(40));
        writer.kill();
      }

      FileStorage storage = FileStorage.at(folder());
      for (String name : StoredNames.of(storage, "")) {
        Entry entry = storage.read(Key.of(name)).orElseThrow();
        assertThat(StorageProcess.isWhole(entry.value())).as(name).isTrue();
        assertThat(entry.version().token()).contains("-"); // our line is there
      }
    }
    FileStorage.at(folder()).checkWritable();
    try (Stream<Path> paths = Files.walk(folder())) {
      assertThat(paths.filter(path -> path.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  @Test
  void aWatchHearsOfOtherProcesses() throws Exception {
    try (FileStorage storage = FileStorage.at(folder())) {
      BlockingQueue<String> changes = new LinkedBlockingQueue<>();
      Optional<Watch> watch = storage.watch(KeyPrefix.ALL, new ChangeListener(changes::add));
      assumeTrue(watch.isPresent(), "SKIPPED: this system has no watches to spare");

      try (StorageProcess other = StorageProcess.start("count", folder(), 1)) {
        assertThat(changes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("counter");
        assertThat(other.awaitEnd()).isZero();
      }
    }
  }

  @Test
  void storesOfSeveralClassLoadersLoseNoIncrement() throws Exception {
    int loaders = 3;
    int each = 40;
    List<FutureTask<Void>> counters = new ArrayList<>();
    for (int i = 0; i < loaders; i++) {
      counters.add(countInAnotherClassLoader(each));
    }
    for (FutureTask<Void> counter : counters) {
      new Thread(counter).start();
    }
    for (FutureTask<Void> counter : counters) {
      counter.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    assertThat(text(FileStorage.at(folder()), "counter"))
        .isEqualTo(Integer.toString(loaders * each));
  }

  @Test
  void aStoreOfAnotherClassLoaderThatWaitsDoesNotGiveUpOurLock() throws Exception {
    FileStorage.at(folder()).checkWritable();
    FutureTask<Void> counter = countInAnotherClassLoader(1);
    Thread other = new Thread(counter);

    int seenByAnotherProcess =
        new FolderLock(100)
            .hold(
                folder(),
                held -> {
                  other.start();
                  awaitWaiting(other);
                  return tryLockInAnotherProcess();
                });

    assertThat(seenByAnotherProcess).isEqualTo(StorageProcess.LOCKED);
    counter.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  // Words

  private FutureTask<Void> countInAnotherClassLoader(int times) throws Exception {
    String[] arguments = {"count", folder().toString(), Integer.toString(times)};
    URL[] classPath = classPath();
    return new FutureTask<>(
        () -> {
          try (URLClassLoader loader =
              new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            Method main =
                loader.loadClass(StorageProcess.class.getName()).getMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) arguments);
          }
          return null;
        });
  }

  /** Until the thread waits for the lock: for our monitor, or between two attempts. */
  private static void awaitWaiting(Thread thread) {
    while (thread.isAlive()) {
      boolean inLock =
          Stream.of(thread.getStackTrace())
              .anyMatch(frame -> frame.getClassName().equals(FolderLock.class.getName()));
      Thread.State state = thread.getState();
      if (inLock && (state == Thread.State.BLOCKED || state == Thread.State.TIMED_WAITING)) {
        return;
      }
      Thread.onSpinWait();
    }
  }

  private int tryLockInAnotherProcess() throws IOException {
    try (StorageProcess process = StorageProcess.start("try-lock", folder(), 0)) {
      return process.awaitEnd();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static URL[] classPath() throws IOException {
    List<URL> urls = new ArrayList<>();
    for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
      urls.add(Path.of(path).toUri().toURL());
    }
    return urls.toArray(URL[]::new);
  }

  private Path folder() {
    return parent.resolve("autotls");
  }

  private Path file(String name) {
    return folder().resolve(name);
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }

  private static String text(FileStorage storage, String key) throws IOException {
    return text(storage.read(Key.of(key)).orElseThrow());
  }

  private static String text(Entry entry) {
    return new String(entry.value(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String pemRecord() throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    Instant now = Instant.parse("2027-01-01T00:00:00Z");
    X500Name name = new X500Name("CN=example.com");
    byte[] certificate =
        new X509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(now),
                Date.from(now.plusSeconds(3600)),
                name,
                SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()))
            .build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate()))
            .getEncoded();
    return "names: example.com\n"
        + pem("PRIVATE KEY", keys.getPrivate().getEncoded())
        + "the chain\n"
        + pem("CERTIFICATE", certificate);
  }

  private static String pem(String type, byte[] der) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n";
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** Nobody can create anything in the folder meanwhile; for root, modes are not enough. */
  private static void whileReadOnly(Path folder, Action action) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
    boolean immutable = Files.isWritable(folder) && chattr("+i", folder);
    try {
      assumeTrue(
          immutable || !Files.isWritable(folder),
          "SKIPPED: this user may write everywhere, and there is no chattr");
      action.run();
    } finally {
      if (immutable) {
        chattr("-i", folder);
      }
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static boolean chattr(String flag, Path folder) throws Exception {
    return isOnPath("chattr")
        && new ProcessBuilder("chattr", flag, folder.toString()).start().waitFor() == 0;
  }

  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }
}

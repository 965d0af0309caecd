package io.autotls.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.autotls.spi.ChangeListener;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.StoredNames;
import io.autotls.spi.Version;
import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is trusted of a folder, and what of its content is touched. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class FolderSafetyTest {
  private static final int STRANGER = 54321;
  private static final int APPLICATION = 12345;

  @TempDir private Path parent;

  private Path elsewhere; // a file of somebody else

  @BeforeEach
  void makeFiles() throws IOException {
    assumeTrue(OwnerOnly.isPosix(parent), "SKIPPED: no modes and owners here");
    elsewhere = Files.writeString(parent.resolve("elsewhere"), "theirs");
    mode(elsewhere, "rw-r--r--");
    storage().write(Key.of("a/b"), bytes("value"), Version.NONE);
  }

  // What is not ours below the folder

  @Test
  void aLinkInPlaceOfAnEntryIsNotFollowed() throws IOException {
    Files.delete(file("a/b.entry"));
    Files.createSymbolicLink(file("a/b.entry"), elsewhere);

    assertThatThrownBy(() -> storage().read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file("a/b.entry") + " is a symbolic link")
        .hasMessageContaining("To do: ");
    assertThatThrownBy(() -> storage().write(Key.of("a/b"), bytes("new"), Version.NONE))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> storage().delete(Key.of("a/b"), new Version("1")))
        .isInstanceOf(IOException.class);

    assertThat(mode(elsewhere)).isEqualTo("rw-r--r--");
    assertThat(elsewhere).hasContent("theirs");
    assertThat(listed()).isEmpty();
  }

  @Test
  void aPipeInPlaceOfAnEntryKeepsNobodyWaiting() throws Exception {
    Files.delete(file("a/b.entry"));
    makePipe(file("a/b.entry"));

    assertThatThrownBy(() -> storage().read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a named pipe, a socket or a device");
    assertThatThrownBy(() -> storage().write(Key.of("a/b"), bytes("new"), Version.NONE))
        .isInstanceOf(IOException.class);
    assertThat(listed()).isEmpty();
  }

  @Test
  void aSocketOrAFolderInPlaceOfAnEntryIsNoEntry() throws Exception {
    Files.createDirectory(file("a/c.entry"));
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(file("a/d.entry")));

      for (String key : List.of("a/c", "a/d")) {
        assertThatThrownBy(() -> storage().read(Key.of(key)))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("and an entry is a file");
      }
      assertThat(listed()).containsExactly("a/b");
    }
  }

  @Test
  void aLinkInPlaceOfAFolderBelowIsNotFollowed() throws IOException {
    Path theirs = Files.createDirectory(parent.resolve("theirs"));
    Files.createSymbolicLink(file("c"), theirs);

    assertThatThrownBy(() -> storage().write(Key.of("c/d"), bytes("value"), Version.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file("c") + " is a symbolic link");
    assertThatThrownBy(() -> storage().read(Key.of("c/d"))).isInstanceOf(IOException.class);

    assertThat(theirs).isEmptyDirectory();
    assertThat(listed()).containsExactly("a/b");
  }

  @Test
  void aFolderThatALinkLeadsToIsMade() throws IOException {
    Path link = Files.createSymbolicLink(parent.resolve("link"), Path.of("not/there/yet"));
    try (FileStorage storage = storageAt(link)) {
      storage.write(Key.of("a"), bytes("value"), Version.NONE);
    }

    assertThat(parent.resolve("not/there/yet/a.entry")).isRegularFile();
  }

  @Test
  void aLinkThatLeadsNowhereIsToldInASentence() throws IOException {
    Path circle = parent.resolve("circle");
    Files.createSymbolicLink(circle, circle);
    Path belowFile = parent.resolve("below-file");
    Files.createSymbolicLink(belowFile, Files.createFile(parent.resolve("file")).resolve("x"));

    for (Path root : List.of(circle, belowFile)) {
      try (FileStorage storage = storageAt(root)) {
        assertThatThrownBy(() -> storage.write(Key.of("a"), bytes("value"), Version.NONE))
            .isInstanceOf(FileFailure.class)
            .hasMessageContaining(". To do: ");
      }
    }
  }

  @Test
  @Timeout(60)
  void oneLockThatTwoPathsLeadToIsHeldByOneThreadAtATime() throws Exception {
    Path one = Files.createDirectory(parent.resolve("one"));
    Path other = Files.createDirectory(parent.resolve("other"));
    Files.createFile(one.resolve(FolderLock.FILE));
    Files.createLink(other.resolve(FolderLock.FILE), one.resolve(FolderLock.FILE));
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    FutureTask<Boolean> second =
        new FutureTask<>(() -> new FolderLock(1).hold(other, held -> order.add("second")));

    new FolderLock(1)
        .hold(
            one,
            held -> {
              Thread thread = new Thread(second);
              thread.start();
              while (thread.getState() != Thread.State.BLOCKED && !second.isDone()) {
                Thread.onSpinWait();
              }
              return order.add("first");
            });

    assertThat(second.get()).isTrue();
    assertThat(order).containsExactly("first", "second");
  }

  @Test
  void aLinkInPlaceOfTheLockCreatesNothingElsewhere() throws IOException {
    Files.delete(file(FolderLock.FILE));
    Path target = parent.resolve("not-there");
    Files.createSymbolicLink(file(FolderLock.FILE), target);

    assertThatThrownBy(() -> storage().write(Key.of("c"), bytes("value"), Version.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file(FolderLock.FILE) + " is a symbolic link");
    assertThat(target).doesNotExist();
    assertThat(file("c.entry")).doesNotExist();
  }

  @Test
  void aPipeInPlaceOfTheLockKeepsNobodyWaiting() throws Exception {
    Files.delete(file(FolderLock.FILE));
    makePipe(file(FolderLock.FILE));

    assertThatThrownBy(() -> storage().write(Key.of("c"), bytes("value"), Version.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a named pipe");
  }

  @Test
  void aFileWithAnotherNameKeepsItsMode() throws IOException {
    mode(file("a/b.entry"), "rw-r--r--");
    Files.createLink(parent.resolve("other-name"), file("a/b.entry"));

    assertThat(storage().read(Key.of("a/b"))).isPresent();

    assertThat(mode(parent.resolve("other-name"))).isEqualTo("rw-r--r--");
  }

  @Test
  void anEntryThatVanishedIsNoEntryThatIsOpenToOthers() throws IOException {
    FileFacts facts = FileFacts.at(file("a/b.entry")).orElseThrow();
    Files.delete(file("a/b.entry"));
    List<String> told = new ArrayList<>();

    new OwnerOnly(folder(), told::add).tighten(file("a/b.entry"), facts);

    assertThat(told).isEmpty();
  }

  @Test
  void anEntryOfSomebodyElseIsRefused() throws IOException {
    own(file("a/b.entry"), STRANGER);

    assertThatThrownBy(() -> storage().read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to user " + STRANGER)
        .hasMessageContaining("chown")
        .hasMessageContaining("open-folder=warn"); // nobody can chown in many a container
    assertThat(FileStorage.at(folder(), OpenFolder.WARN).read(Key.of("a/b"))).isPresent();
  }

  // The folder and those above

  @ParameterizedTest
  @ValueSource(strings = {"autotls", ""})
  void aFolderThatEverybodyMayWriteIsRefused(String name) throws IOException {
    Path open = parent.resolve(name);
    mode(open, "rwxrwxrwx");

    assertThatThrownBy(() -> storage().read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("may be written by everybody (mode 777)")
        .hasMessageContaining("chmod o-w ");
    assertThatThrownBy(() -> storage().write(Key.of("c"), bytes("value"), Version.NONE))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> storage().checkWritable()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> storage().list(KeyPrefix.ALL)).isInstanceOf(IOException.class);
    assertThat(file("c.entry")).doesNotExist();
  }

  @Test
  void aFolderThatBecomesOpenWhileItIsUsedIsRefused() throws IOException {
    FileStorage storage = storage();
    assertThat(storage.read(Key.of("a/b"))).isPresent();

    mode(folder(), "rwxrwxrwx");

    assertThatThrownBy(() -> storage.read(Key.of("a/b"))).isInstanceOf(IOException.class);
  }

  @Test
  void aFolderThatEverybodyMayWriteIsUsedIfAPersonSaysSo() throws IOException {
    mode(folder(), "rwxrwxrwx");

    FileStorage storage = FileStorage.at(folder(), OpenFolder.WARN);

    assertThat(storage.read(Key.of("a/b"))).isPresent();
    storage.write(Key.of("c"), bytes("value"), Version.NONE);
  }

  @Test
  void aFolderBelowThatEverybodyMayWriteIsRefused() throws IOException {
    mode(file("a"), "rwxrwxrwx");

    assertThatThrownBy(() -> storage().read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file("a") + " may be written by everybody");
  }

  @Test
  void aStickyFolderIsFineAboveAndNotAsTheFolderItself() throws IOException {
    unixMode(parent, 01777);
    assertThat(storage().read(Key.of("a/b"))).isPresent();

    unixMode(folder(), 01777);
    assertThatThrownBy(() -> storage().read(Key.of("a/b"))).isInstanceOf(IOException.class);
  }

  @Test
  void aFolderThatAGroupMayWriteIsUsed() throws IOException {
    mode(folder(), "rwxrwx---");

    assertThat(storage().read(Key.of("a/b"))).isPresent();
    storage().write(Key.of("c"), bytes("value"), Version.NONE);
  }

  @Test
  void aFolderOfSomebodyElseIsRefused() throws IOException {
    own(folder(), STRANGER);

    assertThatThrownBy(() -> storage().read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to user " + STRANGER)
        .hasMessageContaining("open-folder=warn");
  }

  @Test
  void theFolderMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(parent.resolve("live"), Path.of("autotls"));

    assertThat(FileStorage.at(link).read(Key.of("a/b"))).isPresent();
    FileStorage.at(link).write(Key.of("c"), bytes("value"), Version.NONE);

    assertThat(file("c.entry")).exists();
  }

  @Test
  void aLinkToAFolderThatIsNotThereYetCreatesIt() throws IOException {
    Path link = Files.createSymbolicLink(parent.resolve("live"), Path.of("v2/autotls"));

    FileStorage.at(link).write(Key.of("c"), bytes("value"), Version.NONE);

    assertThat(parent.resolve("v2/autotls/c.entry")).exists();
  }

  @Test
  void aLinkThatOthersCanChangeIsRefused() throws IOException {
    Path open = Files.createDirectory(parent.resolve("open"));
    Path link = Files.createSymbolicLink(open.resolve("live"), folder());
    mode(open, "rwxrwxrwx");

    assertThatThrownBy(() -> FileStorage.at(link).read(Key.of("a/b")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(open + " may be written by everybody");
  }

  @Test
  void aLinkIntoAFolderThatOthersCanChangeIsRefused() throws IOException {
    Path open = Files.createDirectory(parent.resolve("open"));
    Files.createDirectory(open.resolve("autotls"));
    mode(open, "rwxrwxrwx");
    Path link = Files.createSymbolicLink(parent.resolve("live"), open.resolve("autotls"));

    assertThatThrownBy(() -> FileStorage.at(link).read(Key.of("a/b")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void linksThatLeadToEachOtherAreExplained() throws IOException {
    Files.createSymbolicLink(parent.resolve("one"), Path.of("two"));
    Files.createSymbolicLink(parent.resolve("two"), Path.of("one"));
    FileStorage storage = FileStorage.at(parent.resolve("one"));

    assertThatThrownBy(() -> storage.write(Key.of("c"), bytes("value"), Version.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a link that leads to itself");
    assertThat(storage.watch(KeyPrefix.ALL, new ChangeListener(name -> {}))).isPresent();
    storage.close();
  }

  @Test
  void madeUpModesAndOwnersAreNoReasonToRefuse() {
    for (String type : List.of("cifs", "9p", "fuse.grpcfuse", "vboxsf", "vfat", "drvfs")) {
      assertThat(new FileSystemKind(type).keepsModes()).as(type).isFalse();
      assertThat(new FileSystemKind(type).keepsOwners()).as(type).isFalse();
    }
    assertThat(new FileSystemKind("nfs4").keepsModes()).isTrue();
    assertThat(new FileSystemKind("nfs4").keepsOwners()).isFalse(); // root may be squashed
  }

  // The lock

  @ParameterizedTest
  @ValueSource(strings = {"delete", "replace", "move the folder"})
  void whoseLockWasReplacedMeanwhileWritesNothing(String what) throws IOException {
    Throwable thrown =
        catchThrowable(
            () ->
                new FolderLock(10)
                    .hold(
                        folder(),
                        held -> {
                          spoil(what);
                          held.require();
                          return true;
                        }));

    assertThat(thrown).isInstanceOf(IOException.class).hasMessageContaining("was replaced");
  }

  private void spoil(String what) throws IOException {
    if (what.equals("move the folder")) {
      Files.move(folder(), parent.resolve("old"));
      Files.createDirectory(folder());
    } else {
      Files.move(file(FolderLock.FILE), parent.resolve("old-lock"));
    }
    if (!what.equals("delete")) {
      Files.createFile(file(FolderLock.FILE));
    }
  }

  // Another user than root

  @Test
  void anApplicationThatIsNotRootUsesItsFolderAndNobodyElses() throws Exception {
    List<String> asUser = asApplication();
    mode(parent, "rwxr-xr-x");
    for (Path path : List.of(folder(), file("a"), file("a/b.entry"), file(FolderLock.FILE))) {
      own(path, APPLICATION);
    }

    assertThat(run(asUser, "read", folder())).isEqualTo("0 value");
    assertThat(run(asUser, "count", folder())).startsWith("0 ");

    own(file("a/b.entry"), 0);
    mode(file("a/b.entry"), "rw-r--r--");
    assertThat(run(asUser, "read", folder())).isEqualTo("0 value"); // put there by root

    own(file("a/b.entry"), STRANGER);
    assertThat(run(asUser, "read", folder())).startsWith("1 ");

    own(folder(), STRANGER);
    mode(folder(), "rwxr-xr-x");
    own(file("a/b.entry"), APPLICATION);
    assertThat(run(asUser, "read", folder())).startsWith("1 ");
  }

  @Test
  void aFolderOfTheFileSystemsOwnDoesNotKeepOursFromBeingWatched() throws Exception {
    List<String> asUser = asApplication();
    mode(parent, "rwxr-xr-x");
    for (Path path : List.of(folder(), file("a"), file("a/b.entry"), file(FolderLock.FILE))) {
      own(path, APPLICATION);
    }
    mode(Files.createDirectory(file("lost+found")), "rwx------"); // as mkfs makes it, for root

    assertThat(run(asUser, "watch", folder())).isEqualTo("0 reliable");
  }

  /** How to run a process as somebody else, who can read no class path of ours. */
  private List<String> asApplication() throws IOException {
    assumeTrue(isRoot(), "SKIPPED: not root, so this ran as another user anyway");
    assumeTrue(isOnPath("setpriv"), "SKIPPED: there is no setpriv to run as another user");
    List<String> readable = new ArrayList<>();
    for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (Files.isDirectory(Path.of(path)) || path.matches(".*(slf4j|jspecify)[^/]*[.]jar")) {
        readable.add(copy(Path.of(path), parent.resolve("cp" + readable.size())).toString());
      }
    }
    return List.of(
        "setpriv",
        "--reuid=" + APPLICATION,
        "--regid=" + APPLICATION,
        "--clear-groups",
        ProcessHandle.current().info().command().orElseThrow(),
        "-cp",
        String.join(File.pathSeparator, readable),
        StorageProcess.class.getName());
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Path copy = to.resolve(from.relativize(path).toString());
        Files.copy(path, path.equals(from) ? to : copy);
        mode(copy, Files.isDirectory(copy) ? "rwxr-xr-x" : "rw-r--r--");
      }
    }
    return to;
  }

  /** The exit status and what it said. */
  private static String run(List<String> prefix, String role, Path folder) throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(role, folder.toString(), "1"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + said;
  }

  // Words

  private FileStorage storage() {
    return storageAt(folder());
  }

  private static FileStorage storageAt(Path folder) {
    return new FileStorage(
        folder, OpenFolder.REFUSE, new FolderLock(100), new SecureRandom(), Duration.ofMillis(20));
  }

  private List<String> listed() throws IOException {
    return StoredNames.of(storage(), "");
  }

  private static void own(Path path, int uid) throws IOException {
    assumeTrue(isRoot(), "SKIPPED: only root can give files away");
    Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
  }

  private static boolean isRoot() {
    return Integer.valueOf(0).equals(ProcessUser.current().uid());
  }

  private static void makePipe(Path path) throws Exception {
    assumeTrue(isOnPath("mkfifo"), "SKIPPED: there is no mkfifo");
    assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static void unixMode(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(
        Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
  }

  private Path folder() {
    return parent.resolve("autotls");
  }

  private Path file(String name) {
    return folder().resolve(name);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

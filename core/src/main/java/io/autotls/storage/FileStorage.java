package io.autotls.storage;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps each entry in a file of its own below one folder. Any number of processes and of {@code
 * AutoTls} may share the folder, on one machine.
 *
 * <p>The entry {@code certificates/0b5c} is the file {@code certificates/0b5c.entry}: one line that
 * begins with {@code AutoTls entry} and holds the version, and then the value as it is. {@code
 * openssl} and people can read it. People may also edit it: that makes a new version, and a file
 * without our line is an entry as well.
 *
 * <p>Files have the mode 0600 and folders 0700 from the moment they are created; a file that other
 * users may read is taken from them when it is read, with a warning. Windows has no such modes:
 * give the folder to the user of the application alone.
 *
 * <p>A folder in which others can put files is refused ({@link OpenFolder}), by the rules of {@code
 * sshd}: it and each folder above belong to this user or to root, and nobody else may write there;
 * {@code /tmp} and other sticky folders above are fine, and a group that may write is warned of.
 * The folder may be a link, or be reached by one; then all that is on the way is looked at. Below
 * it no link is followed, and only files of this user or of root are entries: links, pipes, devices
 * and folders in their place are errors.
 *
 * <p>A write goes to a temporary file, is forced to the disk, and then takes the place of the entry
 * in one step, so a reader or a crash never sees a part of it. Writers exclude each other by a lock
 * on the file {@code .lock}; whoever waits for ten seconds gets an {@link IOException}. Readers
 * need no lock and no right to write.
 *
 * <p><b>Network file systems</b> (NFS, EFS, SMB) may lose locks when their server restarts and show
 * other clients' changes late, and no watch sees these. For several machines use a store that is
 * made for them.
 */
public final class FileStorage implements Storage {
  private static final Logger log = LoggerFactory.getLogger(FileStorage.class);
  private static final String TEMPORARY = ".tmp";
  private static final Duration SWEEP = Duration.ofDays(1);
  private static final int LOCK_ATTEMPTS = 1_000; // ten seconds
  private static final int REPLACE_ATTEMPTS = 100; // one second
  private static final long REPLACE_PAUSE_NANOS = 10_000_000;

  private final Path root;
  private final FileNames names;
  private final FolderSafety safety;
  private final OwnerOnly ownerOnly;
  private final FolderLock lock;
  private final Random random;
  private final Duration watcherCheck;
  private final AtomicBoolean swept = new AtomicBoolean();
  private final AtomicBoolean warnedOfSync = new AtomicBoolean();
  private @Nullable FolderWatcher watcher; // guarded by this; null until somebody watches

  FileStorage(
      Path root, OpenFolder whenOpen, FolderLock lock, Random random, Duration watcherCheck) {
    this.root = root;
    this.names = new FileNames(root);
    this.safety = new FolderSafety(root, whenOpen, ProcessUser.current());
    this.ownerOnly = new OwnerOnly(root);
    this.lock = lock;
    this.random = random;
    this.watcherCheck = watcherCheck;
  }

  /**
   * A store in {@code folder}. Nothing is read or written yet; the first write creates the folder.
   */
  public static FileStorage at(Path folder) {
    return at(folder, OpenFolder.REFUSE);
  }

  /**
   * The same, where {@code whenOpen} says what happens if other users can put files there. {@link
   * OpenFolder#REFUSE} unless given.
   */
  public static FileStorage at(Path folder, OpenFolder whenOpen) {
    return new FileStorage(
        folder.toAbsolutePath().normalize(),
        whenOpen,
        new FolderLock(LOCK_ATTEMPTS),
        new SecureRandom(),
        FolderWatcher.CHECK);
  }

  /**
   * Creates the folder if need be, and finds out whether entries can be written there. For the
   * start of an application: it is better to hear of a wrong mode then than at the first renewal.
   *
   * @throws IOException if not; the message says why, and what to do
   */
  public void checkWritable() throws IOException {
    change(
        held -> {
          Path probe = temporary(root);
          try {
            Files.createFile(probe, OwnerOnly.forFiles(probe));
          } catch (IOException e) {
            throw failure("write to", root, e);
          } finally {
            Files.deleteIfExists(probe);
          }
          return true;
        });
  }

  @Override
  public Optional<Entry> read(Key key) throws IOException {
    Path file = names.file(key);
    return readFile(file).map(EntryFile::entry);
  }

  private Optional<EntryFile> readFile(Path file) throws IOException {
    try {
      safety.checkIfNew();
      safety.checkBelow(folderOf(file));
      Optional<FileFacts> facts = FileFacts.at(file);
      if (facts.isEmpty()) {
        return Optional.empty();
      }
      requireFile(file, facts.get());
      Optional<EntryFile> content = EntryFile.read(file);
      ownerOnly.tighten(file, facts.get());
      return content;
    } catch (IOException e) {
      throw failure("read", file, e);
    }
  }

  /** A link may lead anywhere, and a pipe is never read to its end. */
  private void requireFile(Path file, FileFacts facts) throws IOException {
    if (facts.kind() != FileFacts.Kind.FILE) {
      throw new FileFailure(
          file + " is " + facts.kind() + ", and an entry is a file",
          "move it away; it is not ours");
    }
    safety.checkOwner(file, facts);
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws IOException {
    Path file = names.file(key);
    Values.check(key, value);
    return change(
        held -> {
          Optional<EntryFile> present = readFile(file);
          requireVersion(key, present, expected);
          EntryFile next =
              present
                  .map(entry -> entry.next(value, random))
                  .orElseGet(() -> EntryFile.first(value, random));
          replace(file, next.content(), held);
          return next.version();
        });
  }

  @Override
  public boolean delete(Key key, Version expected) throws IOException {
    Path file = names.file(key);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    return change(
        held -> {
          Optional<EntryFile> present = readFile(file);
          if (present.isEmpty()) {
            return false;
          }
          requireVersion(key, present, expected);
          held.require();
          try {
            Files.delete(file);
          } catch (IOException e) {
            throw failure("delete", file, e);
          }
          syncFolder(folderOf(file));
          return true;
        });
  }

  private static void requireVersion(Key key, Optional<EntryFile> present, Version expected)
      throws ConflictException {
    if (!present.map(EntryFile::version).orElse(Version.NONE).equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  @Override
  public Listing list(KeyPrefix prefix) throws IOException {
    Path folder = names.folder(prefix);
    safety.check();
    safety.checkBelow(folder);
    return FolderListing.of(folder, names, root);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Here this is a daemon thread that the operating system wakes up. On network file systems,
   * whose changes by other machines nobody reports, and while the system has no watches to spare,
   * it is not {@linkplain Watch#isReliable() reliable}. A folder that is moved away, or that a link
   * leads to no longer, is followed within seconds.
   */
  @Override
  public synchronized Optional<Watch> watch(KeyPrefix prefix, WatchListener listener)
      throws IOException {
    try {
      safety.check();
      createFolder(root);
    } catch (IOException e) {
      log.debug("{} is watched as soon as it is there", root, e);
    }
    try {
      if (watcher == null) {
        watcher = FolderWatcher.start(root, names, watcherCheck);
      }
      return Optional.of(watcher.add(prefix, listener));
    } catch (UnsupportedOperationException e) {
      log.debug("this platform has no watches", e);
      return Optional.empty();
    }
  }

  @Override
  public String location() {
    return "file:" + root;
  }

  @Override
  public synchronized void close() {
    if (watcher != null) {
      watcher.close();
      watcher = null;
    }
  }

  @Override
  public String toString() {
    return location();
  }

  /** Runs a change while nobody else changes anything. */
  private <T> T change(FolderLock.Action<T> action) throws IOException {
    try {
      safety.check();
      createFolder(root);
      safety.checkIfNew();
      return lock.hold(
          root,
          held -> {
            if (swept.compareAndSet(false, true)) {
              sweep();
            }
            return action.run(held);
          });
    } catch (ConflictException | InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw failure("write to", root, e);
    }
  }

  /**
   * Removes what writers left behind that died. Temporary files exist under the lock only, so none
   * of them can belong to a writer that lives.
   */
  private void sweep() {
    try {
      sweepBelow(root);
    } catch (IOException | DirectoryIteratorException e) {
      log.warn(
          "Cannot look for what is left of interrupted writes in {}: {}. Next: another look in a"
              + " day. To do: nothing; they do no harm.",
          root,
          e.getMessage());
    }
  }

  private void sweepBelow(Path folder) throws IOException {
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
      for (Path path : paths) {
        if (isTemporary(path)) {
          remove(path);
        } else if (FileNames.mayHoldEntries(path)
            && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          sweepBelow(path);
        }
      }
    } catch (NoSuchFileException e) {
      log.trace("{} is gone again", folder);
    }
  }

  private static void remove(Path leftover) {
    try {
      if (Files.deleteIfExists(leftover)) {
        log.info("Removed {}, left behind by a write that was interrupted.", leftover);
      }
    } catch (IOException e) {
      log.warn(
          "Cannot remove {}, left behind by a write that was interrupted: {}. To do: remove it.",
          leftover,
          e.getMessage());
    }
  }

  /**
   * Sweeps again a day after somebody last did: another process may have been killed since. The
   * time is that of the file system, which all processes share: a file that was just written tells
   * what it is now, and the lock file when it was done.
   */
  private void sweepDaily(FolderLock.Held held, FileTime now) {
    BasicFileAttributeView lockFile =
        Files.getFileAttributeView(
            held.file(), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    try {
      FileTime last = lockFile.readAttributes().lastModifiedTime();
      if (Duration.between(last.toInstant(), now.toInstant()).abs().compareTo(SWEEP) >= 0) {
        lockFile.setTimes(now, null, null);
        sweep();
      }
    } catch (IOException e) {
      log.debug("cannot note in {} that leftovers were looked for", held.file(), e);
    }
  }

  /** Nothing of a person's is named so: entries never begin with a dot. */
  private static boolean isTemporary(Path path) {
    return path.getFileName() != null
        && path.getFileName().toString().matches("\\.[0-9a-f]{16}\\" + TEMPORARY);
  }

  private Path temporary(Path folder) {
    return folder.resolve("." + HexFormat.of().toHexDigits(random.nextLong()) + TEMPORARY);
  }

  private void replace(Path file, byte[] content, FolderLock.Held held) throws IOException {
    Path folder = folderOf(file);
    createBelow(folder);
    Path temporary = temporary(folder);
    FileTime now;
    try {
      writeDurably(temporary, content);
      now = Files.getLastModifiedTime(temporary, LinkOption.NOFOLLOW_LINKS);
      held.require();
      moveOver(temporary, file);
    } catch (IOException e) {
      deleteAfter(e, temporary);
      throw failure("write", file, e);
    }
    syncFolder(folder);
    sweepDaily(held, now);
  }

  private static void writeDurably(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            OwnerOnly.forFiles(file))) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  private static void moveOver(Path temporary, Path file) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        return;
      } catch (AccessDeniedException e) {
        // Windows refuses while somebody reads the file, which takes them no time.
        if (OwnerOnly.isPosix(file) || attempt == REPLACE_ATTEMPTS) {
          throw e;
        }
        LockSupport.parkNanos(REPLACE_PAUSE_NANOS);
      }
    }
  }

  private static void deleteAfter(IOException failure, Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Creates the folder, or the one that a link in its place leads to. */
  private void createFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    if (Files.isSymbolicLink(folder)) {
      createFolder(folder.resolveSibling(Files.readSymbolicLink(folder)).normalize());
      return;
    }
    Path parent = folder.getParent();
    if (parent != null) {
      createFolder(parent);
    }
    create(folder);
  }

  /** Creates a folder for entries and those in between. */
  private void createBelow(Path folder) throws IOException {
    if (!folder.equals(root)) {
      createBelow(folderOf(folder));
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        create(folder);
      }
    }
  }

  private void create(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, OwnerOnly.forFolders(folder));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) { // else somebody was faster
        throw new FileFailure(
            folder + " is no folder, and a folder is needed there",
            "move it away, or set autotls.storage to another folder");
      }
    } catch (IOException e) {
      throw failure("create", folder, e);
    }
    syncFolder(folderOf(folder));
  }

  /** A rename is in the folder, and is as lost in a power cut as anything not yet on the disk. */
  private void syncFolder(Path folder) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(folder, StandardOpenOption.READ);
    } catch (IOException e) {
      return; // Windows opens no folders, and needs no such thing
    }
    try (channel) {
      channel.force(true);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      if (warnedOfSync.compareAndSet(false, true)) {
        log.warn(
            "{} cannot be synced: {}. Next: writes go on; a power cut may undo the last ones. To do:"
                + " nothing, or another file system.",
            folder,
            e.getMessage());
      }
    }
  }

  private static Path folderOf(Path file) {
    Path folder = file.getParent();
    if (folder == null) {
      throw new IllegalStateException("an entry is always in a folder: " + file);
    }
    return folder;
  }

  private IOException failure(String doing, Path path, IOException e) {
    return FileFailure.of(e, doing, path, root);
  }
}

package io.autotls.storage;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
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
  private static final int LOCK_ATTEMPTS = 1_000; // ten seconds
  private static final int REPLACE_ATTEMPTS = 100; // one second
  private static final long REPLACE_PAUSE_NANOS = 10_000_000;

  private final Path root;
  private final FileNames names;
  private final FolderLock lock;
  private final Random random;
  private final Duration watcherCheck;
  private final AtomicBoolean swept = new AtomicBoolean();
  private final AtomicBoolean warnedOfSync = new AtomicBoolean();
  private @Nullable FolderWatcher watcher; // guarded by this; null until somebody watches

  FileStorage(Path root, FolderLock lock, Random random, Duration watcherCheck) {
    this.root = root;
    this.names = new FileNames(root);
    this.lock = lock;
    this.random = random;
    this.watcherCheck = watcherCheck;
  }

  /**
   * A store in {@code folder}. Nothing is read or written yet; the first write creates the folder.
   */
  public static FileStorage at(Path folder) {
    return new FileStorage(
        folder.toAbsolutePath().normalize(),
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
        () -> {
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
  public Optional<Entry> read(String key) throws IOException {
    Path file = names.file(Key.checkName(key));
    return readFile(file).map(EntryFile::entry);
  }

  private Optional<EntryFile> readFile(Path file) throws IOException {
    try {
      Optional<EntryFile> content = EntryFile.read(file);
      if (content.isPresent()) {
        OwnerOnly.tighten(file);
      }
      return content;
    } catch (IOException e) {
      throw failure("read", file, e);
    }
  }

  @Override
  public Version write(String key, byte[] value, Version expected) throws IOException {
    Path file = names.file(Key.checkName(key));
    Values.check(key, value);
    return change(
        () -> {
          Optional<EntryFile> present = readFile(file);
          requireVersion(key, present, expected);
          EntryFile next =
              present
                  .map(entry -> entry.next(value, random))
                  .orElseGet(() -> EntryFile.first(value, random));
          replace(file, next.content());
          return next.version();
        });
  }

  @Override
  public boolean delete(String key, Version expected) throws IOException {
    Path file = names.file(Key.checkName(key));
    if (!Files.exists(file)) {
      return false;
    }
    return change(
        () -> {
          Optional<EntryFile> present = readFile(file);
          if (present.isEmpty()) {
            return false;
          }
          requireVersion(key, present, expected);
          try {
            Files.delete(file);
          } catch (IOException e) {
            throw failure("delete", file, e);
          }
          syncFolder(folderOf(file));
          return true;
        });
  }

  private static void requireVersion(String key, Optional<EntryFile> present, Version expected)
      throws ConflictException {
    if (!present.map(EntryFile::version).orElse(Version.NONE).equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  @Override
  public Stream<Key> list(String prefix) throws IOException {
    Path folder = names.folder(Values.checkPrefix(prefix));
    return children(folder).flatMap(this::filesBelow).flatMap(file -> names.key(file).stream());
  }

  private Stream<Path> filesBelow(Path path) {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return Stream.of(path);
    }
    try {
      return children(path).flatMap(this::filesBelow);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Stream<Path> children(Path folder) throws IOException {
    try {
      return Files.list(folder);
    } catch (NoSuchFileException e) {
      return Stream.empty();
    } catch (IOException e) {
      throw failure("list", folder, e);
    }
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
  public synchronized Optional<Watch> watch(String prefix, WatchListener listener)
      throws IOException {
    Values.checkPrefix(prefix);
    try {
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

  /** The same for listeners that hear no losses: then they hear of every entry there is. */
  @Override
  public Optional<Watch> watch(String prefix, Consumer<Key> changed) throws IOException {
    return watch(
        prefix,
        new WatchListener() {
          @Override
          public void changed(Key key) {
            changed.accept(key);
          }

          @Override
          public void lost() {
            try (Stream<Key> keys = list(prefix)) {
              keys.forEach(changed);
            } catch (IOException | UncheckedIOException e) {
              log.debug("cannot list {}", prefix, e); // a hint is lost, no more
            }
          }
        });
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
    createFolder(root);
    try {
      return lock.hold(
          root,
          () -> {
            if (swept.compareAndSet(false, true)) {
              sweep();
            }
            return action.run();
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
    try (Stream<Path> paths = Files.walk(root)) {
      paths.filter(FileStorage::isTemporary).forEach(this::sweep);
    } catch (IOException | UncheckedIOException e) {
      log.warn(
          "Cannot look for what is left of interrupted writes in {}; they do no harm", root, e);
    }
  }

  private void sweep(Path leftover) {
    try {
      Files.deleteIfExists(leftover);
      log.info("Removed {}, left behind by a write that was interrupted", leftover);
    } catch (IOException e) {
      log.warn("Cannot remove {}, left behind by a write that was interrupted", leftover, e);
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

  private void replace(Path file, byte[] content) throws IOException {
    Path folder = folderOf(file);
    createFolder(folder);
    Path temporary = temporary(folder);
    try {
      writeDurably(temporary, content);
      moveOver(temporary, file);
    } catch (IOException e) {
      deleteAfter(e, temporary);
      throw failure("write", file, e);
    }
    syncFolder(folder);
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

  private void createFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.getParent();
    if (parent != null) {
      createFolder(parent);
    }
    try {
      Files.createDirectory(folder, OwnerOnly.forFolders(folder));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) { // otherwise another process was faster
        throw new FileFailure(
            folder + " is a file, and a folder is needed there",
            "move the file away, or set autotls.storage to another folder");
      }
    } catch (IOException e) {
      throw failure("create", folder, e);
    }
    if (parent != null) {
      syncFolder(parent);
    }
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
        log.warn("{} cannot be synced; a power cut may undo the last changes", folder, e);
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

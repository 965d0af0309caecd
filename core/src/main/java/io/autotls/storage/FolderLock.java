package io.autotls.storage;

import io.autotls.storage.FileFacts.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread of all processes at a time change what is in a folder. The lock is that of the
 * operating system on a file of its own, which we never delete or replace; when its holder dies, it
 * is free.
 *
 * <p>Somebody else may delete it, or replace the whole folder. A lock on a file that is not there
 * any more keeps nobody away, so its holder asks whether it {@linkplain Held still holds} before
 * anything is put into place.
 */
final class FolderLock {
  static final String FILE = ".lock";

  private static final int PAUSE_MILLIS = 10;

  private final int attempts;

  /**
   * A lock that gives up after about that many hundredths of a second. Those are real ones,
   * whatever time AutoTls was given: the other process works in real time, and on a clock that a
   * test moves the wait for it would never end.
   */
  FolderLock(int attempts) {
    this.attempts = attempts;
  }

  /** The lock while it is held. */
  static final class Held {
    private final Path folder;
    private final Path file;
    private final FileFacts facts;

    private Held(Path folder, Path file, FileFacts facts) {
      this.folder = folder;
      this.file = file;
      this.facts = facts;
    }

    /** The lock file, where it really is. */
    Path file() {
      return file;
    }

    /**
     * Does nothing if the lock still keeps others away.
     *
     * @throws IOException if its file, or the folder, was replaced meanwhile
     */
    void require() throws IOException {
      if (!isSame(folder.toRealPath().resolve(FILE), facts)) {
        throw new FileFailure(
            file + ", or its folder, was replaced while something was written; nothing was changed",
            "nothing if the folder was restored or moved; nobody should delete " + FILE);
      }
    }
  }

  private static boolean isSame(Path file, FileFacts facts) throws IOException {
    return FileFacts.at(file)
        .filter(now -> String.valueOf(now.identity()).equals(String.valueOf(facts.identity())))
        .isPresent();
  }

  /** Runs {@code action} while no other thread or process holds the lock of {@code folder}. */
  <T> T hold(Path folder, Action<T> action) throws IOException {
    Path file = folder.toRealPath().resolve(FILE);
    for (int attempt = 0; attempt < attempts; attempt++) {
      FileFacts before = lockFile(file);
      String monitor = monitor(file, before);
      synchronized (monitor) {
        try (FileChannel channel = before == null ? null : open(file)) {
          // What was there before and is there now is what was opened: then the lock is on it.
          if (channel != null && tryLock(channel, file) != null && isSame(file, before)) {
            return action.run(new Held(folder, file, before)); // closing gives the lock back
          }
        }
        // Gives up the monitor as well, so a lock held elsewhere makes nobody wait twice as long.
        pause(monitor);
      }
    }
    throw new FileFailure(
        file
            + " has been locked by another process, or by something else in this one, for "
            + attempts * PAUSE_MILLIS / 1000
            + " seconds; nothing was written",
        "look for a process that hangs (fuser " + file + "); the lock ends with it");
  }

  /**
   * All stores of this JVM on one lock file share a monitor: a second lock on the same file throws
   * {@link OverlappingFileLockException} here, and closing any channel to that file gives up the
   * first one's lock on POSIX. The file is known by its identity, since two paths may lead to it,
   * such as a bind mount. The stores may come from several class loaders, so a static map would not
   * do (and would be mutable and static); an interned string is the same for all of them.
   */
  private static String monitor(Path file, @Nullable FileFacts facts) {
    Object identity = facts == null ? null : facts.identity();
    return ("io.autotls.storage " + (identity == null ? file : identity)).intern();
  }

  /** Sees to it that the file exists and is one; null if it is gone again. */
  private static @Nullable FileFacts lockFile(Path file) throws IOException {
    Optional<FileFacts> facts = FileFacts.at(file);
    if (facts.isEmpty()) {
      try {
        FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                OwnerOnly.forFiles(file))
            .close();
      } catch (FileAlreadyExistsException e) {
        return null; // another process was faster
      }
      facts = FileFacts.at(file);
    }
    if (facts.isPresent() && facts.get().kind() != Kind.FILE) {
      throw new FileFailure(
          file + " is " + facts.get().kind() + ", and a file of ours is needed there", "remove it");
    }
    return facts.orElse(null);
  }

  /** For reading too: a pipe that took its place is then opened without waiting for a reader. */
  private static @Nullable FileChannel open(Path file) throws IOException {
    try {
      return FileChannel.open(
          file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null; // somebody removed it meanwhile
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel, Path file) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held in this JVM by somebody who is not a store of ours
    } catch (ClosedByInterruptException | FileLockInterruptionException e) {
      throw e;
    } catch (IOException e) {
      throw new FileFailure(
          file
              + " cannot be locked, because its file system ("
              + FileSystemKind.of(file).type()
              + ") or its server offers no locks: "
              + e.getMessage()
              + "; nothing was written, because others could write at the same time",
          "mount it with locks (NFS: its lock service), or set autotls.storage to a local folder");
    }
  }

  private static void pause(String monitor) throws IOException {
    try {
      monitor.wait(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(
          "interrupted while waiting for the lock; nothing was written");
    }
  }

  /** What is done under the lock. */
  @FunctionalInterface
  interface Action<T> {
    T run(Held held) throws IOException;
  }
}

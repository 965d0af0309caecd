package io.autotls.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread of all processes at a time change what is in a folder. The lock is that of the
 * operating system on a file of its own, which is never deleted or replaced; when its holder dies,
 * it is free.
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

  /** Runs {@code action} while no other thread or process holds the lock of {@code folder}. */
  <T> T hold(Path folder, Action<T> action) throws IOException {
    Path file = folder.toRealPath().resolve(FILE);
    // All stores of this JVM on one folder must share a monitor: a second lock on the same file
    // throws OverlappingFileLockException here, and closing any channel to that file gives up the
    // first one's lock on POSIX. They may come from several class loaders, so a static map would
    // not do (and would be mutable and static); an interned string is the same for all of them.
    String monitor = ("io.autotls.storage " + file).intern();
    synchronized (monitor) {
      for (int attempt = 0; attempt < attempts; attempt++) {
        try (FileChannel channel = open(file)) {
          if (tryLock(channel) != null) { // closing the channel gives the lock back
            return action.run();
          }
        }
        // Gives up the monitor as well, so a lock held elsewhere makes nobody wait twice as long.
        pause(monitor);
      }
    }
    throw new FileFailure(
        file
            + " has been locked by another process for "
            + attempts * PAUSE_MILLIS / 1000
            + " seconds; nothing was written",
        "look for a process that hangs (fuser " + file + "); the lock ends with it");
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        OwnerOnly.forFiles(file));
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held in this JVM under another path, such as a bind mount
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
    T run() throws IOException;
  }
}

package io.autotls.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files hold private keys, so only their owner may read them: mode 0600, and 0700 for folders, from
 * the moment they are created. Where a file system has no such modes, it decides itself.
 */
final class OwnerOnly {
  private static final Logger log = LoggerFactory.getLogger(FileStorage.class);
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");

  private final Path root;
  private final Consumer<String> warning;
  private final AtomicBoolean told = new AtomicBoolean(); // that modes cannot be changed

  OwnerOnly(Path root) {
    this(root, log::warn);
  }

  OwnerOnly(Path root, Consumer<String> warning) {
    this.root = root;
    this.warning = warning;
  }

  static FileAttribute<?>[] forFiles(Path file) {
    return attributes(file, FILE);
  }

  static FileAttribute<?>[] forFolders(Path folder) {
    return attributes(folder, FOLDER);
  }

  private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
    return isPosix(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /**
   * Takes from others what a person, a backup or a Kubernetes volume gave them. This never fails: a
   * certificate that cannot be served is worse than one whose file is too open.
   *
   * @param facts of the file, before it was read
   */
  void tighten(Path file, FileFacts facts) {
    if (facts.unix() == null || !isPosix(file)) {
      return;
    }
    // Opens without following a link, and sets the mode of what was opened.
    PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    try {
      Set<PosixFilePermission> present = view.readAttributes().permissions();
      if (FILE.containsAll(present)) {
        return;
      }
      if (facts.unix().links() > 1) {
        cannot(file, "it has another name (a hard link), which may be somebody else's");
        return;
      }
      view.setPermissions(FILE);
      if (!FILE.containsAll(view.readAttributes().permissions())) {
        cannot(file, "its file system (" + FileSystemKind.of(file).type() + ") keeps no modes");
        return;
      }
      warning.accept(
          file
              + " was open to other users ("
              + PosixFilePermissions.toString(present)
              + ") and may hold a private key; it is now rw-------.");
    } catch (NoSuchFileException e) {
      log.trace("{} is gone, or was replaced", file);
    } catch (IOException e) {
      cannot(file, String.valueOf(e.getMessage()));
    }
  }

  /** Once for all files: where one cannot be changed, the others are like it. */
  private void cannot(Path file, String reason) {
    if (told.compareAndSet(false, true)) {
      warning.accept(
          file
              + " is open to other users and may hold a private key, and its mode cannot be changed: "
              + reason
              + ". Next: it is used as it is, and so are others like it. To do: chmod 600 as its"
              + " owner, or let nobody else reach "
              + root
              + ".");
    }
  }
}

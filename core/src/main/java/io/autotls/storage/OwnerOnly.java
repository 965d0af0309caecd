package io.autotls.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
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

  private OwnerOnly() {}

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
   */
  static void tighten(Path file) {
    if (!isPosix(file)) {
      return;
    }
    try {
      Set<PosixFilePermission> present = Files.getPosixFilePermissions(file);
      Set<PosixFilePermission> wanted = EnumSet.copyOf(FILE);
      if (wanted.containsAll(present)) {
        return;
      }
      Files.setPosixFilePermissions(file, wanted);
      log.warn(
          "{} was open to other users ({}) and may hold a private key; it is now rw-------",
          file,
          PosixFilePermissions.toString(present));
    } catch (IOException e) {
      log.warn("{} is open to other users, and this cannot be changed: chmod 600", file, e);
    }
  }
}

package io.autotls.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * What is known of a file system by the name of its type.
 *
 * @param type the operating system's word for it, such as {@code ext4}
 */
record FileSystemKind(String type) {
  /**
   * Those on which one machine alone writes, and which keep owners. Whatever is not known to be so
   * is not relied on: NFS, SMB, FUSE and what virtual machines share are many, and grow.
   */
  private static final Set<String> LOCAL =
      Set.of(
          "ext2",
          "ext3",
          "ext4",
          "xfs",
          "btrfs",
          "zfs",
          "f2fs",
          "jfs",
          "bcachefs",
          "tmpfs",
          "ramfs",
          "overlay",
          "aufs",
          "ecryptfs",
          "apfs",
          "hfs",
          "ufs",
          "ntfs",
          "refs");

  /** Those of several machines that keep the modes of files, though not always their owners. */
  private static final Set<String> SHARED =
      Set.of(
          "nfs", "nfs4", "ceph", "glusterfs", "fuse.glusterfs", "lustre", "gpfs", "ocfs2", "gfs2");

  /** Those on which all modes are made up, although Linux counts them as its own. */
  private static final Set<String> WITHOUT_MODES = Set.of("ntfs", "refs");

  /** The kind of the file system that holds {@code path}. */
  static FileSystemKind of(Path path) throws IOException {
    return new FileSystemKind(Files.getFileStore(path).type());
  }

  private boolean isLocal() {
    return LOCAL.contains(type.toLowerCase(Locale.ROOT));
  }

  /** Whether its watches hear of changes by everybody who can change something. */
  boolean tellsOfEverybody() {
    return isLocal();
  }

  /** Whether the owner of a file is who created it, and not whom a mount or a server names. */
  boolean keepsOwners() {
    return isLocal() && keepsModes();
  }

  /** Whether the mode of a file is what somebody has set, and not what a mount makes up. */
  boolean keepsModes() {
    String name = type.toLowerCase(Locale.ROOT);
    return (isLocal() || SHARED.contains(name)) && !WITHOUT_MODES.contains(name);
  }
}

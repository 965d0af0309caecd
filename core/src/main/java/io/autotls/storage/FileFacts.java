package io.autotls.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the operating system says of the file at a path, and not of what a link there leads to.
 *
 * @param identity null where the file system has none
 * @param unix null where files have no owners and modes of that kind
 */
record FileFacts(Kind kind, @Nullable Object identity, @Nullable Unix unix) {
  private static final String VIEW = "unix";

  /** What it is. */
  enum Kind {
    FILE("a file"),
    FOLDER("a folder"),
    LINK("a symbolic link"),
    /** A pipe that is opened waits for its other end, perhaps for ever. */
    OTHER("a named pipe, a socket or a device");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }

    private static Kind of(BasicFileAttributes attributes) {
      return attributes.isRegularFile()
          ? FILE
          : attributes.isDirectory() ? FOLDER : attributes.isSymbolicLink() ? LINK : OTHER;
    }
  }

  /**
   * What Unix knows of a file.
   *
   * @param mode with the bits that Java's permissions leave out
   * @param links how many names it has
   */
  record Unix(int mode, int uid, int links, UserPrincipal owner, GroupPrincipal group) {
    private static final int STICKY = 01000;
    private static final int BY_GROUP = 020;
    private static final int BY_OTHERS = 02;

    boolean isWritableByOthers() {
      return (mode & BY_OTHERS) != 0;
    }

    boolean isWritableByGroup() {
      return (mode & BY_GROUP) != 0;
    }

    /** Whether only its owner may rename or remove a file in this folder, as in {@code /tmp}. */
    boolean isSticky() {
      return (mode & STICKY) != 0;
    }

    /** Whether the group is the one that many systems make for each user. */
    boolean hasPrivateGroup() {
      return owner.getName().equals(group.getName());
    }

    String octal() {
      return Integer.toOctalString(mode & 07777);
    }
  }

  /** Empty if there is nothing. */
  static Optional<FileFacts> at(Path path) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Optional.of(new FileFacts(Kind.of(attributes), attributes.fileKey(), unix(path)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static @Nullable Unix unix(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains(VIEW)) {
      return null;
    }
    Map<String, Object> values =
        Files.readAttributes(path, VIEW + ":mode,uid,nlink,owner,group", LinkOption.NOFOLLOW_LINKS);
    return new Unix(
        (Integer) values.get("mode"),
        (Integer) values.get("uid"),
        (Integer) values.get("nlink"),
        (UserPrincipal) values.get("owner"),
        (GroupPrincipal) values.get("group"));
  }
}

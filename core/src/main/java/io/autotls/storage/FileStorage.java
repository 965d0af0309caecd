package io.autotls.storage;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps each entry in a file below a folder: what AutoTls uses unless told otherwise, in the folder {@code
 * autotls} of the working directory.
 *
 * <p>A file is text that a person can read and {@code openssl} understands. The store adds one first line
 * with the version; the rest is the value. Files are written to a temporary name, flushed to the disk, and
 * renamed: a crash leaves the old content or the new one. They are readable by their owner only (0600,
 * folders 0700), where the file system has permissions.
 *
 * <p>Several processes on one machine may share the folder, and so may machines over a network file system
 * that has working locks. A file that was edited by hand counts as changed.
 *
 * <p>Creating this object touches nothing; a folder that cannot be used is an {@link IOException} of the
 * first call that needs it, which says what to do. Safe for use by many threads.
 */
public final class FileStorage implements Storage {
  private static final Logger log = LoggerFactory.getLogger(FileStorage.class);
  private static final byte[] MARK = "AutoTls entry ".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_HEADER = 80;
  private static final String LOCK = ".lock";
  private static final String TEMPORARY = ".new-";
  private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OWNER_FOLDER = PosixFilePermissions.fromString("rwx------");

  private final Path root;
  private final SecureRandom random = new SecureRandom(); // nonces of versions only

  private FileStorage(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  /** The store in that folder, which is created when something is written. */
  public static FileStorage at(Path folder) {
    return new FileStorage(folder);
  }

  @Override
  public Optional<Entry> read(String key) throws IOException {
    Path file = file(key);
    try {
      if (Files.size(file) > MAX_VALUE_BYTES + MAX_HEADER) {
        throw new IOException(file + " is larger than an entry can be; move it away");
      }
      byte[] content = Files.readAllBytes(file);
      tighten(file);
      return Optional.of(entry(content));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (AccessDeniedException e) {
      throw denied(e, "read");
    }
  }

  private static Entry entry(byte[] content) {
    int valueAt = 0;
    String header = "";
    if (content.length > MARK.length && Arrays.equals(content, 0, MARK.length, MARK, 0, MARK.length)) {
      int end = MARK.length;
      while (end < content.length && content[end] != '\n') {
        end++;
      }
      header = new String(content, MARK.length, end - MARK.length, StandardCharsets.US_ASCII);
      valueAt = Math.min(end + 1, content.length);
    }
    // The hash is there for those who edit the file and leave its first line as it was.
    Version version = new Version(header + "/" + hash(content));
    return new Entry(Arrays.copyOfRange(content, valueAt, content.length), version);
  }

  private static String hash(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public Version write(String key, byte[] value, Version expected) throws IOException {
    if (value.length > MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(key + " would hold " + value.length + " bytes");
    }
    Path file = file(key);
    byte[] nonce = new byte[12];
    random.nextBytes(nonce);
    byte[] header =
        (new String(MARK, StandardCharsets.US_ASCII) + HexFormat.of().formatHex(nonce) + "\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] content = Arrays.copyOf(header, header.length + value.length);
    System.arraycopy(value, 0, content, header.length, value.length);
    return locked(
        () -> {
          check(key, expected);
          replace(file, content);
          return entry(content).version();
        });
  }

  @Override
  public boolean delete(String key, Version expected) throws IOException {
    Path file = file(key);
    if (!Files.exists(file)) {
      return false;
    }
    return locked(
        () -> {
          if (!Files.exists(file)) {
            return Boolean.FALSE;
          }
          check(key, expected);
          Files.delete(file);
          sync(parent(file));
          return Boolean.TRUE;
        });
  }

  private void check(String key, Version expected) throws IOException {
    Version present = read(key).map(Entry::version).orElse(Version.NONE);
    if (!present.equals(expected)) {
      throw new ConflictException(key, expected);
    }
  }

  private void replace(Path file, byte[] content) throws IOException {
    Path folder = parent(file);
    createFolders(folder);
    Path temporary = Files.createTempFile(folder, TEMPORARY, null, ownerOnly(folder));
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      move(temporary, file);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    sync(folder);
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(
          "the file system of " + to + " cannot replace a file in one step; set autotls.storage to a"
              + " folder on a local disk",
          e);
    }
  }

  /** After a power cut a rename may be gone unless the folder was flushed too. */
  private static void sync(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      log.debug("cannot flush {}, which some platforms do not allow: {}", folder, e.toString());
    }
  }

  @FunctionalInterface
  private interface Action<T> {
    T run() throws IOException;
  }

  @SuppressWarnings("try") // the lock is held, not used
  private <T> T locked(Action<T> action) throws IOException {
    try {
      createFolders(root);
      // A file lock belongs to the whole JVM. Two stores on one folder, perhaps of two class loaders,
      // share nothing but the path: an interned string is the one object that they both know.
      synchronized (("io.autotls.storage:" + root).intern()) {
        try (FileChannel channel =
                FileChannel.open(
                    root.resolve(LOCK),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    ownerOnly(root));
            FileLock lock = channel.lock()) {
          return action.run();
        }
      }
    } catch (AccessDeniedException e) {
      throw denied(e, "write");
    }
  }

  private void createFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    if (folder.equals(root)) {
      Path above = parent(root);
      Files.createDirectories(above);
      createFolder(root, ownerFolder(above));
      return;
    }
    createFolders(parent(folder));
    createFolder(folder, ownerFolder(root));
  }

  private static void createFolder(Path folder, FileAttribute<?>[] attributes) throws IOException {
    try {
      Files.createDirectory(folder, attributes);
    } catch (java.nio.file.FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw new IOException(
            folder + " is not a folder; move it away, or set autotls.storage to another place", e);
      }
    }
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    return parent == null ? file : parent;
  }

  private static FileAttribute<?>[] ownerOnly(Path place) throws IOException {
    return attributes(place, OWNER_ONLY);
  }

  private static FileAttribute<?>[] ownerFolder(Path place) throws IOException {
    return attributes(place, OWNER_FOLDER);
  }

  private static FileAttribute<?>[] attributes(Path place, Set<PosixFilePermission> permissions)
      throws IOException {
    return isPosix(place)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path place) throws IOException {
    return Files.getFileStore(place).supportsFileAttributeView("posix");
  }

  private static void tighten(Path file) {
    try {
      if (isPosix(file) && !Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
        Files.setPosixFilePermissions(file, OWNER_ONLY);
        log.warn("{} could be read by others than its owner; its mode is 0600 now", file);
      }
    } catch (IOException e) {
      log.warn(
          "{} can be read by others than its owner, and its mode cannot be changed: {}. To do: chmod"
              + " 600 it, as its owner.",
          file,
          e.toString());
    }
  }

  private IOException denied(AccessDeniedException e, String what) {
    return new IOException(
        "the user "
            + System.getProperty("user.name")
            + " may not "
            + what
            + " "
            + e.getFile()
            + "; change the owner or the mode of "
            + root
            + ", or set autotls.storage to another folder",
        e);
  }

  @Override
  public Stream<Key> list(String prefix) throws IOException {
    Path start = prefix.isEmpty() ? root : file(prefix.substring(0, prefix.length() - 1));
    if (!Files.isDirectory(start)) {
      return Stream.empty();
    }
    return Files.walk(start)
        .filter(file -> !name(file).startsWith("."))
        .filter(Files::isRegularFile)
        .map(file -> Key.of(key(file)));
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /**
   * Told by the file system where it can, for changes by other processes too. On network file systems
   * changes from other machines are as a rule not seen; AutoTls looks by itself every few minutes.
   */
  @Override
  public Optional<Watch> watch(String prefix, Consumer<Key> changed) throws IOException {
    Path folder = prefix.isEmpty() ? root : file(prefix.substring(0, prefix.length() - 1));
    try {
      createFolders(folder);
      return FolderWatch.of(
          folder, name -> name.startsWith(".") ? Optional.empty() : Optional.of(folder.resolve(name)), file -> changed.accept(Key.of(key(file))));
    } catch (AccessDeniedException e) {
      throw denied(e, "write");
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Letters that some file systems take for equal, or do not take at all, are escaped. */
  private Path file(String key) {
    Path file = root;
    for (String segment : Key.checkName(key).split("/")) {
      StringBuilder name = new StringBuilder();
      for (char c : segment.toCharArray()) {
        boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        if (plain) {
          name.append(c);
        } else {
          name.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
        }
      }
      file = file.resolve(name.toString());
    }
    return file;
  }

  private String key(Path file) {
    StringBuilder key = new StringBuilder();
    for (Path segment : root.relativize(file)) {
      key.append(key.length() == 0 ? "" : "/");
      String name = segment.toString();
      for (int i = 0; i < name.length(); i++) {
        boolean escaped = name.charAt(i) == '%' && i + 2 < name.length();
        if (escaped) {
          key.append((char) HexFormat.fromHexDigits(name, i + 1, i + 3));
          i += 2;
        } else {
          key.append(name.charAt(i));
        }
      }
    }
    return key.toString();
  }

  @Override
  public String location() {
    return "file:" + root;
  }

  /** Does nothing: files stay, and nothing is held open. */
  @Override
  public void close() {}
}

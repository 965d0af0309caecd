package io.autotls.storage;

import io.autotls.internal.text.Sha256;
import io.autotls.spi.Entry;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of an entry's file: one line of ours, then the value as it is.
 *
 * <pre>{@code
 * AutoTls entry 7-5f1c09b2e4a83d76
 * -----BEGIN CERTIFICATE-----
 * }</pre>
 *
 * <p>The line holds a sequence, for people, and a nonce, so that no version ever comes back. The
 * version includes a hash of the value as well: somebody may edit the file and leave our line as it
 * is. A file without that line is read too; its version is the hash alone.
 */
final class EntryFile {
  private static final String TITLE = "AutoTls entry ";
  private static final Pattern LINE =
      Pattern.compile(TITLE + "(?<sequence>[0-9]{1,18})-(?<nonce>[0-9a-f]{16})\r?\n");
  private static final int MAX_LINE = TITLE.length() + 18 + 1 + 16 + 2;

  private final long sequence;
  private final String stamp; // "7-5f1c09b2e4a83d76", or empty for a file without our line
  private final byte[] value;

  private EntryFile(long sequence, String stamp, byte[] value) {
    this.sequence = sequence;
    this.stamp = stamp;
    this.value = value;
  }

  /**
   * Reads a file; empty if there is none. The caller has seen that it is a file, and no pipe; what
   * takes its place meanwhile is not followed if it is a link.
   *
   * <p>A pipe that takes its place between that look and this one would hold the thread until
   * somebody writes to it: Java opens nothing without waiting, and opening for writing as well,
   * which does not wait, would fail for whoever may only read. Nobody can put it there but this
   * user and root, who can end the process as well: see {@link FolderSafety}.
   */
  static Optional<EntryFile> read(Path file) throws IOException {
    int limit = MAX_LINE + Storage.MAX_VALUE_BYTES;
    byte[] content;
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      content = in.readNBytes(limit + 1);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (content.length > limit) {
      throw new FileFailure(
          file + " is larger than an entry can be (512 KiB)", "move it away; it is not ours");
    }
    return Optional.of(parse(content));
  }

  private static EntryFile parse(byte[] content) {
    int start = Math.min(content.length, MAX_LINE);
    Matcher line = LINE.matcher(new String(content, 0, start, StandardCharsets.ISO_8859_1));
    if (!line.lookingAt()) {
      return new EntryFile(0, "", content);
    }
    String sequence = line.group("sequence");
    return new EntryFile(
        Long.parseLong(sequence),
        sequence + "-" + line.group("nonce"),
        Arrays.copyOfRange(content, line.end(), content.length));
  }

  /** The first generation of an entry. */
  static EntryFile first(byte[] value, Random random) {
    return numbered(1, value, random);
  }

  /** The generation after this one. */
  EntryFile next(byte[] value, Random random) {
    return numbered(sequence + 1, value, random);
  }

  private static EntryFile numbered(long sequence, byte[] value, Random random) {
    String nonce = HexFormat.of().toHexDigits(random.nextLong());
    return new EntryFile(sequence, sequence + "-" + nonce, value);
  }

  Version version() {
    String hash = HexFormat.of().formatHex(Sha256.of(value), 0, 16);
    return new Version(stamp.isEmpty() ? hash : stamp + "-" + hash);
  }

  Entry entry() {
    return Entry.of(value, version());
  }

  byte[] content() {
    ByteArrayOutputStream content = new ByteArrayOutputStream(MAX_LINE + value.length);
    content.writeBytes((TITLE + stamp + "\n").getBytes(StandardCharsets.ISO_8859_1));
    content.writeBytes(value);
    return content.toByteArray();
  }
}

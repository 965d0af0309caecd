package com.example.autotls;

import com.example.autotls.JournalStorageFactory.Sync;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A store for one process: a file to which each change adds a sealed line, all of it in memory. A
 * line is a number that never comes back, a key, and the value in Base64, or a {@code -} where the
 * entry was deleted.
 *
 * <p>A line that is cut off at the end of the file is what a crash leaves of a write that nobody
 * was told had worked; it is cut away.
 */
final class JournalStorage implements Storage {
  private static final String DELETED = "-";

  private final Path file;
  private final FileChannel channel;
  private final Seal seal;
  private final Sync sync;
  private final Map<Key, Entry> entries = new HashMap<>(); // guarded by this, like the next
  private long last;

  private JournalStorage(Path file, FileChannel channel, Seal seal, Sync sync) {
    this.file = file;
    this.channel = channel;
    this.seal = seal;
    this.sync = sync;
  }

  /**
   * Opens a journal, or begins one.
   *
   * @throws IOException if it is in use, or has a line that was not sealed with this key
   */
  static JournalStorage open(Path file, Seal seal, Sync sync) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    JournalStorage journal = new JournalStorage(file, channel, seal, sync);
    try {
      journal.lock();
      journal.replay();
      return journal;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void lock() throws IOException {
    try {
      if (channel.tryLock() == null) {
        throw new IOException("another process uses it");
      }
    } catch (OverlappingFileLockException e) {
      throw new IOException("this process uses it already", e);
    }
  }

  private synchronized void replay() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    String text = new String(bytes.array(), StandardCharsets.UTF_8);
    int end = text.lastIndexOf('\n') + 1;
    for (String line : text.substring(0, end).lines().toList()) {
      apply(line);
    }
    channel.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
    channel.position(channel.size());
  }

  private void apply(String line) throws IOException {
    int space = line.lastIndexOf(' ');
    if (space < 0 || !seal.fits(line.substring(0, space), line.substring(space + 1))) {
      throw new IOException(
          "a line of it was not sealed with "
              + JournalStorageFactory.PASSPHRASE
              + "; is that the right one?");
    }
    String[] parts = line.substring(0, space).split(" ");
    last = Long.parseLong(parts[0]);
    if (parts[2].equals(DELETED)) {
      entries.remove(Key.of(parts[1]));
    } else {
      entries.put(Key.of(parts[1]), Entry.of(decode(parts[2]), new Version(parts[0])));
    }
  }

  private static byte[] decode(String value) {
    return Base64.getDecoder().decode(value.substring(1));
  }

  /** Begins with a mark, since an empty value is a value. */
  private static String encode(byte[] value) {
    return "=" + Base64.getEncoder().encodeToString(value);
  }

  @Override
  public synchronized Optional<Entry> read(Key key) throws IOException {
    checkOpen();
    return Optional.ofNullable(entries.get(key))
        .map(entry -> Entry.of(entry.value().clone(), entry.version()));
  }

  @Override
  public synchronized Version write(Key key, byte[] value, Version expected) throws IOException {
    expect(key, expected);
    append(key, encode(value));
    Version version = new Version(Long.toString(last));
    entries.put(key, Entry.of(value.clone(), version));
    return version;
  }

  @Override
  public synchronized boolean delete(Key key, Version expected) throws IOException {
    checkOpen();
    if (!entries.containsKey(key)) {
      return false;
    }
    expect(key, expected);
    append(key, DELETED);
    entries.remove(key);
    return true;
  }

  private void expect(Key key, Version expected) throws IOException {
    checkOpen();
    Entry present = entries.get(key);
    if (!expected.equals(present == null ? Version.NONE : present.version())) {
      throw new ConflictException(key, expected);
    }
  }

  private void append(Key key, String value) throws IOException {
    String line = ++last + " " + key + " " + value;
    long before = channel.position();
    ByteBuffer bytes =
        ByteBuffer.wrap((line + " " + seal.of(line) + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (sync == Sync.ALWAYS) {
        channel.force(false);
      }
    } catch (IOException e) {
      channel.truncate(before); // nobody is told that it worked, so nobody may find it
      throw e;
    }
  }

  @Override
  public synchronized Listing list(KeyPrefix prefix) throws IOException {
    checkOpen();
    List<EntryInfo> found = new ArrayList<>();
    entries.forEach(
        (key, entry) -> {
          if (prefix.contains(key)) {
            found.add(EntryInfo.of(key, entry.version()));
          }
        });
    return Listing.of(found);
  }

  private void checkOpen() throws IOException {
    if (!channel.isOpen()) {
      throw new IOException(location() + " is closed");
    }
  }

  @Override
  public String location() {
    return "journal:" + file.toAbsolutePath();
  }

  @Override
  public synchronized void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Each write was complete when it returned: nothing is lost with the handle.
    }
  }

  @Override
  public String toString() {
    return location();
  }
}

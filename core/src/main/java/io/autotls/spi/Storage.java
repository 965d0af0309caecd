package io.autotls.spi;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * A place where AutoTls keeps everything that must survive a restart, and that the nodes of a
 * cluster share: certificates, accounts, answers to challenges, leases.
 *
 * <p>All that is asked of a store is compare-and-set: every write and delete names the version that
 * its caller has read, and is refused with {@link ConflictException} if the entry has moved on.
 * From that alone AutoTls builds its leases and keeps a node that was paused, or cut off, from
 * overwriting what another one did.
 *
 * <p><b>Keys and values.</b> What a {@link Key} may be is said there; there are no capitals, so a
 * store may ignore case. Values are at most {@value #MAX_VALUE_BYTES} bytes and never {@code null};
 * an empty value is a value. They hold private keys: they belong in no log and no message.
 *
 * <p><b>Versions never come back.</b> Not when the same bytes are written again, and not when an
 * entry is deleted and created anew: whoever was paused in between would overwrite what it has
 * never seen. A counter that restarts for a new row (a row version, Vault after its metadata was
 * deleted) and a hash of the content (an ETag) do come back. Take one sequence for all entries, or
 * put a nonce into each value ({@link VersionedValue}). A store that cannot delete on a condition
 * writes a tombstone instead. {@link TombstoneStorage} does both for a store that does neither.
 *
 * <p><b>Deadlines.</b> Every method may block for I/O, and must return or throw within {@link
 * #DEADLINE}: set the timeouts of your client so. AutoTls waits no longer, and interrupts the
 * thread; to whoever called it is a store that failed. A call that comes back later is one whose
 * answer got lost. While several calls are overdue, further ones fail at once.
 *
 * <p>After an {@link IOException} that is not a {@link ConflictException} a write may or may not
 * have arrived: read before writing again. A call whose thread is interrupted ends with an {@link
 * IOException} as well.
 *
 * <p>Implementations are safe for use by many threads and, unless they say otherwise, by many
 * processes. {@code io.autotls.testing.StorageContract} tests all of this.
 */
public interface Storage extends AutoCloseable {
  /** The largest value a store must accept: 512 KiB. */
  int MAX_VALUE_BYTES = 512 * 1024;

  /** What a call may take at most: 30 seconds. Each step of a {@link Listing} is such a call. */
  Duration DEADLINE = Duration.ofSeconds(30);

  /**
   * Reads an entry, as the last write left it, whoever wrote: a store with replicas is to be read
   * where it is written. An answer that is out of date overwrites nothing, since every write names
   * the version it was made from; but at the CA it may lead to an order too many.
   *
   * @return the entry, or empty if there is none
   */
  Optional<Entry> read(Key key) throws IOException;

  /**
   * Writes {@code value} if the entry is still at {@code expected}; {@link Version#NONE} means that
   * it must not exist yet.
   *
   * <p>When this returns, the value is durable: it survives a crash of the process and, where the
   * store can promise that, of the machine. Readers see the old value or the new one, never a part.
   *
   * @return the new version
   * @throws ConflictException if the entry is at another version; nothing was written
   */
  Version write(Key key, byte[] value, Version expected) throws IOException;

  /**
   * Deletes the entry if it is still at {@code expected}.
   *
   * @return true if this call deleted it, false if it was not there any more
   * @throws ConflictException if the entry exists at another version; nothing was deleted
   */
  boolean delete(Key key, Version expected) throws IOException;

  /** Lists the entries below {@code prefix}, with their versions where that costs no read each. */
  Listing list(KeyPrefix prefix) throws IOException;

  /**
   * Asks to be told of entries below {@code prefix} that were created, changed or deleted, by this
   * process or another, and of every moment in which that may have gone wrong. A store that cannot
   * tell returns empty, as it does unless overridden, and AutoTls polls instead.
   *
   * <p>A watch is a hint, the poll is the truth: AutoTls looks at once after {@link
   * WatchListener#lost()}, each minute while the watch is not {@linkplain Watch#isReliable()
   * reliable}, and now and then in any case. A watch that ends by itself, with its connection, says
   * so by {@link WatchListener#ended}, and AutoTls begins another one.
   *
   * @throws IOException if it cannot begin now; AutoTls tries again in a minute
   */
  default Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
    return Optional.empty();
  }

  /** Says where this is, for messages: {@code file:/var/lib/autotls}. Never with a password. */
  String location();

  /** Releases what the store holds. Entries stay. Closing twice is harmless. */
  @Override
  void close();
}

package io.autotls.spi;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A place where AutoTls keeps everything that must survive a restart, and that the nodes of a
 * cluster share: certificates, accounts, answers to challenges, leases.
 *
 * <p>All that is asked of a store is compare-and-set: every write and delete names the version that
 * its caller has read, and is refused with {@link ConflictException} if the entry has moved on.
 * From that alone AutoTls builds its leases and keeps a node that was paused, or cut off, from
 * overwriting what another one did.
 *
 * <p>Keys are those of {@link Key}; values are at most {@value #MAX_VALUE_BYTES} bytes and never
 * {@code null}; an empty value is a value. Implementations are safe for use by many threads and,
 * unless they say otherwise, by many processes.
 *
 * <p>Every method may block for I/O, and must return or throw within a bounded time. After an
 * {@link IOException} that is not a {@link ConflictException} a write may or may not have arrived:
 * read before writing again.
 */
public interface Storage extends AutoCloseable {
  /** The largest value a store must accept: 512 KiB. */
  int MAX_VALUE_BYTES = 512 * 1024;

  /**
   * Reads an entry, as the last write left it, whoever wrote: a store with replicas is to be read
   * where it is written. An answer that is out of date overwrites nothing, since every write names
   * the version it was made from; but at the CA it may lead to an order too many.
   *
   * @return the entry, or empty if there is none
   */
  Optional<Entry> read(String key) throws IOException;

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
  Version write(String key, byte[] value, Version expected) throws IOException;

  /**
   * Deletes the entry if it is still at {@code expected}.
   *
   * @return true if this call deleted it, false if it was not there any more
   * @throws ConflictException if the entry exists at another version; nothing was deleted
   */
  boolean delete(String key, Version expected) throws IOException;

  /**
   * Lists the entries whose key starts with {@code prefix}, which is empty or ends with a slash, in
   * no particular order. Entries that come and go meanwhile may or may not appear. Close the
   * stream.
   */
  Stream<Key> list(String prefix) throws IOException;

  /**
   * Asks to be told of entries under {@code prefix} that were created, changed or deleted, by this
   * process or another, and of every moment in which that may have gone wrong. A store that cannot
   * tell returns empty, and AutoTls polls instead.
   *
   * <p>A watch is a hint, the poll is the truth: AutoTls looks at once after {@link
   * WatchListener#lost()}, each minute while the watch is not {@linkplain Watch#isReliable()
   * reliable}, and now and then in any case. A watch that ends by itself, with its connection or
   * its folder, is begun again by the store.
   *
   * <p>Unless overridden this is {@link #watch(String, Consumer)}, and is not relied on.
   *
   * @throws IOException if it cannot begin now; AutoTls tries again in a minute
   */
  default Optional<Watch> watch(String prefix, WatchListener listener) throws IOException {
    // Not the watch itself: whoever cannot say that something was lost cannot be relied on.
    return watch(prefix, listener::changed).map(watch -> watch::close);
  }

  /**
   * The same for listeners that need not hear of losses, and for stores that cannot tell of any.
   * Empty unless overridden.
   */
  default Optional<Watch> watch(String prefix, Consumer<Key> changed) throws IOException {
    return Optional.empty();
  }

  /** Says where this is, for messages: {@code file:/var/lib/autotls}. Never with a password. */
  String location();

  /** Releases what the store holds. Entries stay. Closing twice is harmless. */
  @Override
  void close();
}

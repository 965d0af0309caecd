package io.autotls.spi;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a {@link Storage} that keeps all its promises of one that can only half: whose versions may
 * come back, or that cannot delete on a condition. Vault and many stores with the API of S3 are
 * such.
 *
 * <pre>{@code
 * Storage storage = TombstoneStorage.over(new Bucket(client), new SecureRandom(), context.time());
 * }</pre>
 *
 * <p>What it is made of is written as a {@code Storage} too, of which less is asked:
 *
 * <ul>
 *   <li>{@code read} tells a version with the value, and {@code write} succeeds only at that
 *       version, or where there is no entry. Versions may come back: a hash of the content will do,
 *       and a counter that begins anew with each entry.
 *   <li>{@code delete} removes the entry, whatever version it is at.
 *   <li>Values may be {@value VersionedValue#MAX_OVERHEAD_BYTES} bytes longer than others.
 * </ul>
 *
 * <p>Each value gets a nonce, which is the version that others see ({@link VersionedValue}). A
 * delete is a conditional write of a tombstone, which counts as no entry and may be written over.
 * Every write reads first, and a listing reads each entry that it names: that is the price.
 *
 * <p><b>Tombstones are removed</b> an hour after they were written, whenever a listing comes by
 * them. The store below cannot make sure that nobody writes over one meanwhile. So it is first
 * replaced, on condition, by a mark that says so, and that is then removed within {@value
 * #REMOVAL_SECONDS} seconds or not at all. For ten minutes nobody writes over such a mark: that is
 * a conflict. So nothing is lost unless the clocks of two nodes differ by as much, and one creates
 * the very entry that the other is just about to remove, after an hour without it.
 */
public final class TombstoneStorage implements Storage {
  private static final Logger log = LoggerFactory.getLogger(TombstoneStorage.class);

  /** How old a tombstone is when it is removed. */
  private static final Duration KEPT = Duration.ofHours(1);

  /** Who needs longer than that to remove a tombstone leaves it: it might be an entry by then. */
  private static final int REMOVAL_SECONDS = 10;

  /** For so long nobody writes over a tombstone that is being removed. */
  private static final Duration SEALED = Duration.ofMinutes(10);

  private final Storage below;
  private final RandomGenerator random;
  private final InstantSource clock;

  private TombstoneStorage(Storage below, RandomGenerator random, InstantSource clock) {
    this.below = below;
    this.random = random;
    this.clock = clock;
  }

  /**
   * A storage in {@code below}, which is closed with it.
   *
   * @param random for nonces; need not be secret
   * @param clock tells how old a tombstone is
   */
  public static TombstoneStorage over(Storage below, RandomGenerator random, InstantSource clock) {
    return new TombstoneStorage(below, random, clock);
  }

  /** An entry as it is kept below. */
  private record Kept(VersionedValue value, Version below) {
    Optional<Entry> entry() {
      return value.value().map(bytes -> Entry.of(bytes, version()));
    }

    /** The version that others see; of what somebody else wrote, the one below is all there is. */
    Version version() {
      return new Version(value.nonce().orElse("foreign-" + below.token()));
    }
  }

  private @Nullable Kept kept(Key key) throws IOException {
    return below
        .read(key)
        .map(entry -> new Kept(VersionedValue.parse(entry.value()), entry.version()))
        .orElse(null);
  }

  @Override
  public Optional<Entry> read(Key key) throws IOException {
    return Optional.ofNullable(kept(key)).flatMap(Kept::entry);
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws IOException {
    VersionedValue next = VersionedValue.of(value, random);
    Kept present = kept(key);
    if (!versionOf(present).equals(expected) || isBeingRemoved(present)) {
      throw new ConflictException(key, expected);
    }
    return replace(key, next, present, expected).version();
  }

  private static Version versionOf(@Nullable Kept present) {
    return present == null || present.entry().isEmpty() ? Version.NONE : present.version();
  }

  /** Whether nobody may write over that tombstone, since somebody may be about to remove it. */
  private boolean isBeingRemoved(@Nullable Kept present) {
    return present != null
        && present.value().isRemoval()
        && present
            .value()
            .deletedAt()
            .filter(at -> age(at).abs().compareTo(SEALED) < 0)
            .isPresent();
  }

  private Kept replace(Key key, VersionedValue next, @Nullable Kept present, Version expected)
      throws IOException {
    try {
      Version written =
          below.write(key, next.toBytes(), present == null ? Version.NONE : present.below());
      return new Kept(next, written);
    } catch (ConflictException e) {
      throw new ConflictException(key, expected);
    }
  }

  @Override
  public boolean delete(Key key, Version expected) throws IOException {
    Kept present = kept(key);
    if (present == null || present.entry().isEmpty()) {
      return false;
    }
    if (!present.version().equals(expected)) {
      throw new ConflictException(key, expected);
    }
    replace(key, VersionedValue.tombstone(clock.instant(), random), present, expected);
    return true;
  }

  @Override
  public Listing list(KeyPrefix prefix) throws IOException {
    return new Entries(below.list(prefix));
  }

  /** What is listed below, without tombstones. */
  private final class Entries implements Listing {
    private final Listing all;
    private boolean removes = true; // until it finds out that it cannot
    private @Nullable EntryInfo entry; // null before the first and after the last one

    private Entries(Listing all) {
      this.all = all;
    }

    @Override
    public boolean next() throws IOException {
      entry = null;
      while (entry == null && all.next()) {
        Key key = all.entry().key();
        Kept kept = kept(key);
        if (kept != null && kept.entry().isPresent()) {
          entry = EntryInfo.of(key, kept.version());
        } else if (kept != null && removes) {
          removes = removeIfOld(key, kept);
        }
      }
      return entry != null;
    }

    @Override
    public EntryInfo entry() {
      if (entry == null) {
        throw new NoSuchElementException("next() went to no entry");
      }
      return entry;
    }

    @Override
    public void close() {
      all.close();
    }
  }

  private Duration age(Instant at) {
    return Duration.between(at, clock.instant());
  }

  /**
   * Removes a tombstone that is old enough.
   *
   * @return false if that failed in a way in which the next one would fail too
   */
  private boolean removeIfOld(Key key, Kept tombstone) {
    boolean old =
        tombstone.value().deletedAt().filter(at -> age(at).compareTo(KEPT) >= 0).isPresent();
    if (!old) {
      return true;
    }
    try {
      Instant begun = clock.instant();
      Kept mark =
          replace(key, VersionedValue.removal(begun, random), tombstone, tombstone.version());
      if (age(begun).abs().toSeconds() < REMOVAL_SECONDS) {
        below.delete(key, mark.below());
      }
      return true;
    } catch (ConflictException e) {
      return true; // in use again, or somebody else removes it
    } catch (IOException e) {
      log.debug("cannot remove the tombstone of {}; a later listing tries again", key, e);
      return false;
    }
  }

  @Override
  public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
    return below.watch(
        prefix,
        new WatchListener() {
          @Override
          public void changed(EntryInfo entry) {
            listener.changed(EntryInfo.of(entry.key())); // its version is not the one below
          }

          @Override
          public void lost() {
            listener.lost();
          }

          @Override
          public void ended(Throwable cause) {
            listener.ended(cause);
          }
        });
  }

  @Override
  public String location() {
    return below.location();
  }

  @Override
  public void close() {
    below.close();
  }

  @Override
  public String toString() {
    return location();
  }
}

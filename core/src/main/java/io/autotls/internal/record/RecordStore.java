package io.autotls.internal.record;

import io.autotls.CertificateSpec;
import io.autotls.internal.text.DamagedEntries;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records in the storage: one entry each, replaced as a whole by compare-and-set.
 *
 * <p>An attempt takes several steps within seconds, and each begins with what is stored. Those that
 * are under way are therefore remembered, a bounded number of them: they are not decoded again if
 * the storage says that they are at the same version, and only their progress is encoded again.
 * Safe for use by many threads.
 */
public final class RecordStore {
  public static final KeyPrefix PREFIX = KeyPrefix.of("certificates/");

  /** The records of attempts that are under way, those forgotten that were longest not used. */
  private static final class UnderWay extends LinkedHashMap<Key, Attempt> {
    private static final long serialVersionUID = 1L;
    private static final int MOST = 128;

    UnderWay() {
      super(MOST, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Key, Attempt> eldest) {
      return size() > MOST;
    }
  }

  /**
   * What is remembered of an attempt.
   *
   * @param frame null until this node has written the record
   */
  private record Attempt(Stored stored, RecordCodec.@Nullable Frame frame) {}

  private final Storage storage;
  private final RecordCodec codec = new RecordCodec();
  private final Map<Key, Attempt> underWay = new UnderWay(); // guarded by itself

  /**
   * A record as it was read.
   *
   * @param damage null if the entry was whole; else what is wrong with it
   */
  public record Stored(CertificateRecord record, Version version, @Nullable String damage) {}

  /** A record as its text; what it says is in memory already. */
  public record Text(byte[] value, Version version) {
    @Override
    public String toString() {
      return "Text[" + version + "]"; // never the key
    }
  }

  public RecordStore(Storage storage) {
    this.storage = storage;
  }

  public static Key key(CertificateSpec spec) {
    return key(spec.id());
  }

  /** The key of the record of the spec with that id. */
  public static Key key(String specId) {
    return PREFIX.key(specId);
  }

  /** The id of the spec whose record has this key. */
  static String id(Key key) {
    return key.lastSegment();
  }

  /** Every record there is, also those that this node does not want. Close it. */
  public Listing list() throws IOException {
    return storage.list(PREFIX);
  }

  /** Asks to be told of changes; empty if the store cannot tell. */
  public Optional<Watch> watch(WatchListener listener) throws IOException {
    return storage.watch(PREFIX, listener);
  }

  /** Reads a record that may be somebody else's. */
  public Optional<Stored> read(Key key, Instant now) throws IOException {
    return storage.read(key).map(entry -> decode(text(entry), now));
  }

  /** A record that nobody may have asked this node for, with what it is for. */
  public record Foreign(CertificateSpec spec, CertificateRecord record) {}

  /** Reads somebody else's record; empty if it is gone, or its text does not say what it is for. */
  public Optional<Foreign> readForeign(Key key, Instant now) throws IOException {
    return storage
        .read(key)
        .flatMap(
            entry ->
                RecordCodec.spec(entry.value())
                    .filter(spec -> key(spec).equals(key))
                    .map(spec -> new Foreign(spec, decode(text(entry), now).record())));
  }

  public void delete(Key key, Version expected) throws IOException {
    storage.delete(key, expected);
  }

  public Stored read(CertificateSpec spec, Instant now) throws IOException {
    return readNews(spec, null, now)
        .orElseGet(() -> new Stored(CertificateRecord.first(now), Version.NONE, null));
  }

  /** Reads the record if it exists and is not at {@code known}; cheap if it is. */
  public Optional<Stored> readNews(CertificateSpec spec, @Nullable Version known, Instant now)
      throws IOException {
    return storage
        .read(key(spec))
        .filter(entry -> !entry.version().equals(known))
        .map(entry -> stored(key(spec), entry, now));
  }

  private Stored stored(Key key, Entry entry, Instant now) {
    Attempt known = attempt(key);
    if (known != null && known.stored().version().equals(entry.version())) {
      return known.stored(); // equal versions mean equal entries
    }
    return remembered(key, decode(text(entry), now), null);
  }

  private @Nullable Attempt attempt(Key key) {
    synchronized (underWay) {
      return underWay.get(key);
    }
  }

  private Stored remembered(Key key, Stored stored, RecordCodec.@Nullable Frame frame) {
    synchronized (underWay) {
      if (stored.damage() == null && stored.record().job().isUnderWay()) {
        underWay.put(key, new Attempt(stored, frame));
      } else {
        underWay.remove(key);
      }
    }
    return stored;
  }

  /** Reads a record without understanding it. */
  public Optional<Text> text(CertificateSpec spec) throws IOException {
    return storage.read(key(spec)).map(RecordStore::text);
  }

  private static Text text(Entry entry) {
    return new Text(entry.value(), entry.version());
  }

  public Stored decode(Text text, Instant now) {
    RecordCodec.Decoded decoded = codec.decode(text.value(), now);
    return new Stored(decoded.record(), text.version(), decoded.damage());
  }

  /** Writes the plan of {@code record}; all else stays as it is in {@code expected}. */
  public Text replan(CertificateSpec spec, CertificateRecord record, Text expected, Instant now)
      throws IOException {
    byte[] value;
    try {
      value = RecordCodec.replanned(expected.value(), record);
    } catch (IllegalArgumentException e) { // somebody has edited it
      CertificateRecord whole = codec.decode(expected.value(), now).record();
      value = RecordCodec.encode(spec, whole.with(record.renewal()));
    }
    return new Text(value, write(spec, value, expected.version()));
  }

  public Stored write(CertificateSpec spec, CertificateRecord record, Version expected)
      throws IOException {
    RecordCodec.Frame frame = frame(spec, record);
    Version version = write(spec, RecordCodec.encode(frame, record), expected);
    return remembered(key(spec), new Stored(record, version, null), frame);
  }

  private RecordCodec.Frame frame(CertificateSpec spec, CertificateRecord record) {
    Attempt attempt = attempt(key(spec));
    RecordCodec.Frame known = attempt == null ? null : attempt.frame();
    return known != null && known.fits(record) ? known : RecordCodec.frame(spec, record);
  }

  private Version write(CertificateSpec spec, byte[] value, Version expected) throws IOException {
    try {
      return storage.write(key(spec), value, expected);
    } catch (ConflictException e) {
      throw e;
    } catch (IOException e) {
      // The answer may have been lost on the way: if our value is there, it did arrive.
      Optional<Entry> present = storage.read(key(spec));
      if (present.isPresent() && Arrays.equals(present.get().value(), value)) {
        return present.get().version();
      }
      throw e;
    }
  }

  /** Keeps a copy of an entry that cannot be read whole, before it is overwritten. */
  public Key keepDamaged(CertificateSpec spec, Version version) throws IOException {
    byte[] value = storage.read(key(spec)).map(Entry::value).orElse(new byte[0]);
    return DamagedEntries.keep(storage, spec.id(), Entry.of(value, version));
  }
}

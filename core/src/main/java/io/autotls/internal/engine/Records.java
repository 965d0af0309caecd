package io.autotls.internal.engine;

import io.autotls.CertificateSpec;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Records in the storage: one entry each, replaced as a whole by compare-and-set. */
final class Records {
  private final Storage storage;

  /**
   * A record as it was read.
   *
   * @param damage null if the entry was whole; else what is wrong with it
   */
  record Stored(CertificateRecord record, Version version, @Nullable String damage) {}

  Records(Storage storage) {
    this.storage = storage;
  }

  static String key(CertificateSpec spec) {
    return "certificates/" + spec.id();
  }

  Stored read(CertificateSpec spec, Instant now) throws IOException {
    return readNews(spec, null, now)
        .orElseGet(() -> new Stored(CertificateRecord.first(now), Version.NONE, null));
  }

  /** Reads the record if it exists and is not at {@code known}; cheap if it is. */
  Optional<Stored> readNews(CertificateSpec spec, @Nullable Version known, Instant now)
      throws IOException {
    return storage
        .read(key(spec))
        .filter(entry -> !entry.version().equals(known))
        .map(entry -> decode(entry, now));
  }

  private static Stored decode(Entry entry, Instant now) {
    RecordCodec.Decoded decoded = RecordCodec.decode(entry.value(), now);
    return new Stored(decoded.record(), entry.version(), decoded.damage());
  }

  Stored write(CertificateSpec spec, CertificateRecord record, Version expected)
      throws IOException {
    byte[] value = RecordCodec.encode(spec, record);
    try {
      return new Stored(record, storage.write(key(spec), value, expected), null);
    } catch (ConflictException e) {
      throw e;
    } catch (IOException e) {
      // The answer may have been lost on the way: if our value is there, it did arrive.
      Optional<Entry> present = storage.read(key(spec));
      if (present.isPresent() && Arrays.equals(present.get().value(), value)) {
        return new Stored(record, present.get().version(), null);
      }
      throw e;
    }
  }

  /** Keeps a copy of an entry that cannot be read whole, before it is overwritten. */
  String keepDamaged(CertificateSpec spec, Version version) throws IOException {
    byte[] value = storage.read(key(spec)).map(Entry::value).orElse(new byte[0]);
    String copy = "damaged/" + spec.id() + "/" + fingerprint(value, version);
    try {
      storage.write(copy, value, Version.NONE);
    } catch (ConflictException e) {
      // This very copy is there already.
    }
    return copy;
  }

  private static String fingerprint(byte[] value, Version version) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(version.token().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(value), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

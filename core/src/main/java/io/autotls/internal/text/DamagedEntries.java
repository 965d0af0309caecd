package io.autotls.internal.text;

import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Copies of entries that cannot be read whole, under {@code damaged/}. */
public final class DamagedEntries {
  private static final int FINGERPRINT_DIGITS = 16;

  private DamagedEntries() {}

  /**
   * Keeps a copy of an entry before it is overwritten, once for each of its versions.
   *
   * @param of whose entry it is, as the middle of the copy's key
   * @return where the copy is
   */
  public static Key keep(Storage storage, String of, Entry entry) throws IOException {
    byte[] version = entry.version().token().getBytes(StandardCharsets.UTF_8);
    String fingerprint = Sha256.hex(version, entry.value()).substring(0, FINGERPRINT_DIGITS);
    Key copy = KeyPrefix.of("damaged/" + of + "/").key(fingerprint);
    try {
      storage.write(copy, entry.value(), Version.NONE);
    } catch (ConflictException e) {
      // This very copy is there already.
    }
    return copy;
  }
}

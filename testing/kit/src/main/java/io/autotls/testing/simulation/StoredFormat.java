package io.autotls.testing.simulation;

import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * In which form a process stores what the nodes share: as this AutoTls does, or as one of its next
 * versions might, whose newest processes know the old form too.
 */
enum StoredFormat {
  /** As this version does. */
  PRESENT,
  /** With a header and a section that this version does not know, and is to keep. */
  NEXT_MINOR {
    @Override
    byte[] stored(Key key, byte[] value) {
      String text = text(value);
      if (!isShared(key) || hasNews(value)) {
        return value;
      }
      int format = text.indexOf("Format: 1.");
      int headers = text.indexOf('\n', format) + 1;
      int end = text.lastIndexOf("\nEnd of ");
      return bytes(
          text.substring(0, format)
              + "Format: 1.1\n"
              + NEWS
              + "a header\n"
              + text.substring(headers, end)
              + "\nSection: newer\n"
              + NEWS
              + "a section\n-----BEGIN NEWS-----\nTmV3cw==\n-----END NEWS-----\n"
              + text.substring(end));
    }
  },
  /** In a form that this version can serve from, and must leave alone. */
  NEXT_MAJOR {
    @Override
    byte[] stored(Key key, byte[] value) {
      return isRecord(key) ? bytes(text(value).replace("\nFormat: 1.0\n", MAJOR)) : value;
    }

    @Override
    byte[] understood(byte[] value) {
      return isMajor(value) ? bytes(text(value).replace(MAJOR, "\nFormat: 1.0\n")) : value;
    }
  };

  private static final String NEWS = "Newer-Version: ";
  private static final String MAJOR = "\nFormat: 2.0\n";
  private static final KeyPrefix RECORDS = KeyPrefix.of("certificates/");
  private static final List<KeyPrefix> SHARED =
      List.of(RECORDS, KeyPrefix.of("revocations/"), KeyPrefix.of("limits/"));

  /** What a process of this version stores when the code of today writes this. */
  byte[] stored(Key key, byte[] value) {
    return value;
  }

  /** What the code of today reads in a process of this version. */
  byte[] understood(byte[] value) {
    return value;
  }

  /** Whether something is in it that only {@link #NEXT_MINOR} knows. */
  static boolean hasNews(byte[] value) {
    String text = text(value);
    return text.contains("\n" + NEWS + "a header\n") && text.contains("\n" + NEWS + "a section\n");
  }

  /** Whether only processes of {@link #NEXT_MAJOR} may write it. */
  static boolean isMajor(byte[] value) {
    return text(value).contains(MAJOR);
  }

  private static boolean isRecord(Key key) {
    return RECORDS.contains(key);
  }

  private static boolean isShared(Key key) {
    return SHARED.stream().anyMatch(prefix -> prefix.contains(key));
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

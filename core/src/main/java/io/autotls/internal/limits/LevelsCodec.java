package io.autotls.internal.limits;

import io.autotls.internal.text.Document;
import io.autotls.internal.text.Unknown;
import io.autotls.internal.text.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Levels as a text that people can read:
 *
 * <pre>
 * AutoTls order ledger
 * Format: 1.0
 * Written: 2026-11-24T21:40:00.000Z
 *
 * [NAME_SET 5 in PT168H]
 * 3vXbQ8k1N0c 120960000
 *
 * End of AutoTls order ledger
 * </pre>
 *
 * The numbers are the milliseconds after which a bucket is empty.
 */
final class LevelsCodec {
  private static final String TITLE = "AutoTls order ledger";
  private static final String WRITTEN = "Written";
  private static final String END = "End of " + TITLE;
  private static final Vocabulary KNOWN = Vocabulary.of(Set.of(WRITTEN), Set.of());

  /**
   * What could be read.
   *
   * @param whole false if something was missing or made no sense
   */
  record Decoded(Levels levels, boolean whole) {}

  private LevelsCodec() {}

  static byte[] encode(Levels levels) {
    StringBuilder text = new StringBuilder();
    levels
        .byHeading()
        .forEach(
            (heading, lines) -> {
              text.append("\n[").append(heading).append("]\n");
              lines.forEach(
                  (key, level) -> text.append(key).append(' ').append(level).append('\n'));
            });
    return new Document.Writer(TITLE)
        .keeping(levels.unknown())
        .header(WRITTEN, levels.written())
        .lines(text)
        .toBytes();
  }

  /** Never throws, however torn or foreign the value is. */
  static Decoded decode(byte[] value, Instant now) {
    Document document = Document.parse(value);
    Unknown unknown = document.unknown(KNOWN);
    Optional<Instant> written = document.instant(WRITTEN);
    boolean framed = document.isComplete() && document.title().equals(TITLE) && written.isPresent();
    if (!framed || !unknown.mayBeWritten()) {
      return new Decoded(new Levels(now, new TreeMap<>(), unknown), false);
    }
    try {
      return new Decoded(new Levels(written.get(), lines(levels(value)), unknown), true);
    } catch (IllegalArgumentException e) {
      return new Decoded(Levels.empty(now), false);
    }
  }

  /** The lines from the first heading to the end. */
  private static List<String> levels(byte[] value) {
    return new String(value, StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .dropWhile(line -> !line.startsWith("["))
        .takeWhile(line -> !line.equals(END) && !line.startsWith("Section: "))
        .toList();
  }

  private static Map<String, Map<String, Long>> lines(List<String> text) {
    Map<String, Map<String, Long>> byHeading = new TreeMap<>();
    Map<String, Long> current = new HashMap<>();
    for (String line : text) {
      int space = line.indexOf(' ');
      if (space < 1) {
        throw new IllegalArgumentException("neither a heading nor a level");
      }
      if (line.startsWith("[") && line.endsWith("]")) {
        current =
            byHeading.computeIfAbsent(line.substring(1, line.length() - 1), h -> new HashMap<>());
      } else {
        current.put(line.substring(0, space), level(line.substring(space + 1)));
      }
    }
    return byHeading;
  }

  private static long level(String text) {
    long level = Long.parseLong(text);
    if (level < 0) {
      throw new IllegalArgumentException("a level below zero");
    }
    return level;
  }
}

package io.autotls.internal.limits;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Levels as a text that people can read:
 *
 * <pre>
 * AutoTls order ledger
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
  private static final String WRITTEN = "Written: ";
  private static final String END = "End of " + TITLE;

  /**
   * What could be read.
   *
   * @param whole false if something was missing or made no sense
   */
  record Decoded(Levels levels, boolean whole) {}

  private LevelsCodec() {}

  static byte[] encode(Levels levels) {
    StringBuilder text = new StringBuilder(TITLE).append('\n');
    text.append(WRITTEN).append(levels.written()).append('\n');
    levels
        .byHeading()
        .forEach(
            (heading, lines) -> {
              text.append("\n[").append(heading).append("]\n");
              lines.forEach(
                  (key, level) -> text.append(key).append(' ').append(level).append('\n'));
            });
    return text.append('\n').append(END).append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Never throws, however torn or foreign the value is. */
  static Decoded decode(byte[] value, Instant now) {
    List<String> text =
        new String(value, StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    boolean framed =
        text.size() >= 3
            && text.get(0).equals(TITLE)
            && text.get(1).startsWith(WRITTEN)
            && text.get(text.size() - 1).equals(END);
    if (!framed) {
      return new Decoded(Levels.empty(now), false);
    }
    try {
      Instant written = Instant.parse(text.get(1).substring(WRITTEN.length()));
      return new Decoded(new Levels(written, lines(text.subList(2, text.size() - 1))), true);
    } catch (DateTimeException | IllegalArgumentException e) {
      return new Decoded(Levels.empty(now), false);
    }
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

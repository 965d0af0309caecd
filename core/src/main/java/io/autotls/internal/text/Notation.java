package io.autotls.internal.text;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ways in which people, YAML, Helm and shells write the same value. Empty where a text is none
 * of them: what is allowed then stands in the message of who asked.
 */
public final class Notation {
  private static final int HIGHEST_PORT = 65_535;

  private static final Pattern PORT = Pattern.compile("\\d{1,9}");
  private static final Pattern PART =
      Pattern.compile(
          "(\\d{1,9})\\s*(weeks?|w|days?|d|hours?|h|minutes?|min|m|seconds?|sec|s)\\s*");
  private static final Pattern WEEKS = Pattern.compile("p(\\d{1,6})w");

  private Notation() {}

  /** {@code true}, {@code yes}, {@code on}, {@code 1} and their opposites, in any case. */
  public static Optional<Boolean> truth(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1", "y", "t" -> Optional.of(true);
      case "false", "no", "off", "0", "n", "f" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /** A port from 0 to 65535. */
  public static OptionalInt port(String text) {
    if (!PORT.matcher(text).matches()) {
      return OptionalInt.empty();
    }
    int port = Integer.parseInt(text);
    return port <= HIGHEST_PORT ? OptionalInt.of(port) : OptionalInt.empty();
  }

  /** {@code P7D} (ISO 8601), {@code 7d}, {@code 7 days}, {@code 1d 12h}; not negative. */
  public static Optional<Duration> duration(String text) {
    String plain = text.toLowerCase(Locale.ROOT);
    try {
      Matcher weeks = WEEKS.matcher(plain);
      if (weeks.matches()) {
        return Optional.of(Duration.ofDays(7 * Long.parseLong(weeks.group(1))));
      }
      return Optional.of(plain.startsWith("p") ? Duration.parse(plain) : sum(plain))
          .filter(duration -> !duration.isNegative());
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private static Duration sum(String text) {
    Matcher part = PART.matcher(text);
    Duration sum = Duration.ZERO;
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
      sum = sum.plus(unit(part.group(2)).multipliedBy(Long.parseLong(part.group(1))));
      end = part.end();
    }
    if (text.isEmpty() || end < text.length()) {
      throw new DateTimeException("not a duration");
    }
    return sum;
  }

  private static Duration unit(String name) {
    return switch (name.charAt(0)) {
      case 'w' -> Duration.ofDays(7);
      case 'd' -> Duration.ofDays(1);
      case 'h' -> Duration.ofHours(1);
      case 'm' -> Duration.ofMinutes(1);
      default -> Duration.ofSeconds(1);
    };
  }

  /** The items of a list, each without what surrounds it; empty ones do not count. */
  public static List<String> split(String text, String separator) {
    return Arrays.stream(text.split(separator))
        .map(Notation::bare)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  /**
   * A text without what editors, shells and YAML leave around it: spaces of any kind, marks that
   * nobody sees, and one pair of quotes.
   */
  public static String bare(String text) {
    String stripped = stripped(text);
    int last = stripped.length() - 1;
    boolean quoted =
        last > 0
            && (stripped.charAt(0) == '"' || stripped.charAt(0) == '\'')
            && stripped.indexOf(stripped.charAt(0), 1) == last;
    return quoted ? stripped(stripped.substring(1, last)) : stripped;
  }

  private static String stripped(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isNothing(text.charAt(start))) {
      start++;
    }
    while (end > start && isNothing(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Also the byte order mark, the zero-width space, and the space that does not break. */
  private static boolean isNothing(char c) {
    return Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.isISOControl(c)
        || c == '\ufeff'
        || c == '\u200b';
  }
}

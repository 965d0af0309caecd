package io.autotls.acme;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code Retry-After} (RFC 9110 §10.2.3) without ever failing: what makes no sense is as good
 * as absent, what is in the past or too far in the future is clamped.
 */
final class RetryAfter {
  /** Not zero: a server that says "0" or has a wrong clock must not cause a hot loop. */
  static final Duration MIN = Duration.ofSeconds(1);

  /** For polls: nobody who is about to issue needs longer. */
  static final Duration MAX_POLL = Duration.ofDays(1);

  /** For refusals: the slowest limits that are known refill in 34 hours, the windows are a week. */
  static final Duration MAX_REFUSAL = Duration.ofDays(8);

  /** No form of it is half as long, and several of them joined say no more than a few. */
  private static final int MAX_LENGTH = 200;

  private static final List<DateTimeFormatter> HTTP_DATES =
      List.of(
          DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US),
          new DateTimeFormatterBuilder()
              .parseCaseInsensitive()
              .appendPattern("EEEE, dd-MMM-")
              .appendValueReduced(ChronoField.YEAR, 2, 2, LocalDate.of(1970, 1, 1))
              .appendPattern(" HH:mm:ss 'GMT'")
              .toFormatter(Locale.US), // RFC 850
          DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US)); // asctime

  private RetryAfter() {}

  /**
   * The longest of the given header values, since it is the safest.
   *
   * @param now what the server takes for the present, where it says so
   * @return between {@link #MIN} and {@code max}; null if no value makes sense
   */
  static @Nullable Duration parse(List<String> values, Instant now, Duration max) {
    Duration longest = null;
    for (String value : values) {
      Duration duration = parse(value.trim(), now);
      if (duration != null && (longest == null || duration.compareTo(longest) > 0)) {
        longest = duration;
      }
    }
    if (longest == null) {
      return null;
    }
    return longest.compareTo(MIN) < 0 ? MIN : longest.compareTo(max) > 0 ? max : longest;
  }

  /** One of the three forms of RFC 9110 §5.6.7; null if it is none. */
  static @Nullable Instant parseHttpDate(@Nullable String value) {
    if (value != null && value.length() <= MAX_LENGTH) {
      for (DateTimeFormatter format : HTTP_DATES) {
        try {
          return LocalDateTime.parse(value.trim(), format).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
          // not in this form
        }
      }
    }
    return null;
  }

  private static @Nullable Duration parse(String value, Instant now) {
    if (value.length() > MAX_LENGTH) {
      return null;
    }
    if (value.matches("-\\d+")) {
      return Duration.ZERO;
    }
    if (value.matches("\\d+( *, *\\d+)*")) { // a proxy may have joined two headers
      return seconds(value);
    }
    Instant date = parseHttpDate(value);
    return date == null ? null : Duration.between(now, date);
  }

  private static Duration seconds(String values) {
    Duration longest = Duration.ZERO;
    for (String value : values.split(" *, *")) {
      // Ten digits are three centuries, and still far from an overflow.
      String digits = value.length() > 10 ? "9999999999" : value;
      Duration duration = Duration.ofSeconds(Long.parseLong(digits));
      longest = duration.compareTo(longest) > 0 ? duration : longest;
    }
    return longest;
  }
}

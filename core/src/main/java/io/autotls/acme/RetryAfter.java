package io.autotls.acme;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code Retry-After}: seconds, or one of the three forms of an HTTP date (RFC 9110 §5.6.7). A date
 * is counted from the server's own {@code Date}, so that a clock that is wrong, on either side, makes
 * neither a storm nor a stop. Pure functions; they never throw.
 */
final class RetryAfter {
  static final Duration LEAST = Duration.ofSeconds(1);
  static final Duration MOST = Duration.ofDays(8);

  private static final List<DateTimeFormatter> FORMS =
      List.of(
          DateTimeFormatter.RFC_1123_DATE_TIME,
          new DateTimeFormatterBuilder()
              .appendPattern("EEEE, dd-MMM-")
              .appendValueReduced(ChronoField.YEAR, 2, 2, 2000)
              .appendPattern(" HH:mm:ss 'GMT'")
              .toFormatter(Locale.ENGLISH),
          DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH));

  private RetryAfter() {}

  /**
   * Reads the header.
   *
   * @param value null if there was none
   * @param date the {@code Date} of the same answer; null if there was none
   * @param now what our own clock says, where the server's is not known
   * @return between 1 second and 8 days; null if the header was not there or makes no sense
   */
  static @Nullable Duration parse(@Nullable String value, @Nullable String date, Instant now) {
    if (value == null) {
      return null;
    }
    String text = value.strip();
    if (text.matches("-?\\d+")) {
      boolean huge = text.length() > 9;
      return clamp(
          text.startsWith("-")
              ? Duration.ZERO
              : huge ? MOST : Duration.ofSeconds(Long.parseLong(text)));
    }
    Instant until = httpDate(text);
    if (until == null) {
      return null;
    }
    Instant from = date == null ? null : httpDate(date.strip());
    return clamp(Duration.between(from == null ? now : from, until));
  }

  private static Duration clamp(Duration duration) {
    if (duration.compareTo(LEAST) < 0) {
      return LEAST;
    }
    return duration.compareTo(MOST) > 0 ? MOST : duration;
  }

  private static @Nullable Instant httpDate(String text) {
    for (DateTimeFormatter form : FORMS) {
      try {
        return LocalDateTime.parse(text, form).toInstant(ZoneOffset.UTC);
      } catch (DateTimeException e) {
        // Not this form.
      }
    }
    return null;
  }
}

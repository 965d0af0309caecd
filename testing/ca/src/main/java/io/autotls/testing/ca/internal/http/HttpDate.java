package io.autotls.testing.ca.internal.http;

import io.autotls.testing.ca.DateForm;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Dates of HTTP in their three forms (RFC 9110 §5.6.7). */
public final class HttpDate {
  // RFC_1123_DATE_TIME writes days without a leading zero, which IMF-fixdate requires.
  private static final DateTimeFormatter IMF_FIXDATE = form("EEE, dd MMM yyyy HH:mm:ss 'GMT'");
  private static final DateTimeFormatter ASCTIME = form("EEE MMM ppd HH:mm:ss yyyy");
  private static final DateTimeFormatter RFC_850 =
      new DateTimeFormatterBuilder()
          .appendPattern("EEEE, dd-MMM-")
          .appendValueReduced(ChronoField.YEAR, 2, 2, LocalDate.of(1970, 1, 1))
          .appendPattern(" HH:mm:ss 'GMT'")
          .toFormatter(Locale.US) // the root locale has no long names of days
          .withZone(ZoneOffset.UTC);

  private HttpDate() {}

  private static DateTimeFormatter form(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
  }

  /** Writes an instant; what is below a second is lost. */
  public static String format(Instant instant, DateForm form) {
    return formatter(form).format(instant);
  }

  /** Reads any of the forms; empty if the text is none of them. */
  public static Optional<Instant> parse(String text) {
    for (DateForm form : List.of(DateForm.values())) {
      try {
        return Optional.of(LocalDateTime.parse(text, formatter(form)).toInstant(ZoneOffset.UTC));
      } catch (DateTimeException e) {
        continue; // it may be one of the others
      }
    }
    return Optional.empty();
  }

  private static DateTimeFormatter formatter(DateForm form) {
    return switch (form) {
      case IMF_FIXDATE -> IMF_FIXDATE;
      case RFC_850 -> RFC_850;
      case ASCTIME -> ASCTIME;
    };
  }
}

package io.autotls.internal.text;

import io.autotls.internal.time.Due;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Points in time, in words. */
public final class Moments {
  private Moments() {}

  /** Nobody wants to read more digits. */
  public static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }

  /** When it goes on: {@code next attempt at 2027-03-01T10:00:00Z}. */
  public static String attempt(Due due) {
    return attempt("", due);
  }

  /** The same, with whom: {@code next attempt with Let's Encrypt at 2027-03-01T10:00:00Z}. */
  public static String attempt(String with, Due due) {
    return due.instant()
        .map(instant -> "next attempt" + with + " at " + seconds(instant))
        .orElse("no further attempt by itself");
  }
}

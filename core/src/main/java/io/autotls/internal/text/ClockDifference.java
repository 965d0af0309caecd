package io.autotls.internal.text;

import java.time.Duration;

/** How the clock of this machine compares with another one, in words. */
public final class ClockDifference {
  private static final int DAYS_OF_YEAR = 365;

  private ClockDifference() {}

  /**
   * A sentence: {@code This machine's clock is 10 years ahead of that of Let's Encrypt.}
   *
   * @param ahead negative if it is behind
   */
  public static String sentence(Duration ahead, String other) {
    return "This machine's clock is "
        + span(ahead.abs())
        + (ahead.isNegative() ? " behind " : " ahead of ")
        + "that of "
        + other
        + ".";
  }

  private static String span(Duration duration) {
    long days = duration.plusHours(12).toDays();
    long hours = duration.plusMinutes(30).toHours();
    if (days >= 2 * DAYS_OF_YEAR) {
      return days / DAYS_OF_YEAR + " years";
    } else if (days >= 2) {
      return days + " days";
    }
    return hours >= 2 ? hours + " hours" : duration.plusSeconds(30).toMinutes() + " minutes";
  }
}

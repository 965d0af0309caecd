package io.autotls.internal.text;

import io.autotls.AutoTlsEvent.NodeClockDiffers.Suspect;
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

  /**
   * A sentence about an entry that was written in our future.
   *
   * @param ahead how far, at least
   */
  public static String ofWriter(Duration ahead, Suspect suspect) {
    return "An entry in the storage was written by a node whose clock is "
        + span(ahead)
        + " ahead of this machine's: "
        + switch (suspect) {
          case ONE_OF_THEM -> "one of the two clocks is wrong.";
          case OTHER_NODE -> "that one is wrong, for this machine's agrees with the CA's.";
        };
  }

  /** What a person can do about it. */
  public static String advice(Suspect suspect) {
    return switch (suspect) {
      case ONE_OF_THEM -> "set the clocks of all nodes by NTP.";
      case OTHER_NODE -> "set the clock of that node, for example by NTP.";
    };
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

package io.autotls.internal.limits;

import io.autotls.spi.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Slows the first certificates of a node that wants many and finds a storage with nothing in it.
 * Perhaps everything is new; perhaps a volume was not mounted or a path was misspelt, and a
 * thousand certificates that exist elsewhere are about to be ordered again. Nobody can tell, so the
 * first few go out at once, then one in a while, and the pace doubles again and again: a person has
 * time to see the warning, and who really begins with a thousand names has them within the hour, as
 * far as the CA's limits allow.
 *
 * <p>Each name gets its place in the order in which names ask, and keeps it; so asking again costs
 * nothing and changes nothing. Names that do not ask are not counted.
 *
 * <p>One for each {@code AutoTls}; safe for use by many threads.
 */
public final class EmptyStoreBrake {
  /** Fewer names than this cannot do harm that matters. */
  static final int SUSPICIOUS_FROM = 50;

  /** So many begin without a brake. */
  static final int AT_ONCE = 10;

  /** How far apart those after them begin. */
  static final Duration FIRST_INTERVAL = Duration.ofSeconds(20);

  /** After this time the interval is halved, and after this time again. */
  static final Duration HALVED_EVERY = Duration.ofMinutes(10);

  private static final int MAX_HALVINGS = 10; // 20 ms: the brake is gone

  private final Ticker ticker;
  private final long startNanos;
  private final Map<String, Duration> places = new HashMap<>(); // guarded by this

  /** A brake that begins now. */
  public EmptyStoreBrake(Ticker ticker) {
    this.ticker = ticker;
    this.startNanos = ticker.nanos();
  }

  /**
   * Whether a brake is needed.
   *
   * @param wanted how many certificates are wanted
   * @param stored how many of them the storage has
   * @param traces how many accounts and ledgers the storage has: traces of an earlier life
   */
  public static boolean isSuspicious(int wanted, int stored, int traces) {
    return wanted >= SUSPICIOUS_FROM && stored == 0 && traces == 0;
  }

  /**
   * How long the first certificate of {@code specId} has to wait; zero if it may begin. Renewals
   * are not to be asked for.
   */
  public synchronized Duration waitOf(String specId) {
    Duration place = places.computeIfAbsent(specId, id -> place(places.size()));
    Duration wait = place.minusNanos(ticker.nanos() - startNanos);
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  /** What to say when the brake begins. */
  public static String warning(int wanted, String location) {
    return wanted
        + " certificates are wanted, and the storage "
        + location
        + " has none of them, and neither an account nor a ledger. Next: "
        + AT_ONCE
        + " are ordered at once, then one every "
        + FIRST_INTERVAL.toSeconds()
        + " seconds, twice as many after each "
        + HALVED_EVERY.toMinutes()
        + " minutes. To do: nothing if this is a new installation; else stop the application and"
        + " look whether autotls.storage points to the right place, and whether that is mounted.";
  }

  /** When the {@code index}th name begins, counted from the start of the brake. */
  private static Duration place(int index) {
    long left = index - AT_ONCE + 1L;
    if (left <= 0) {
      return Duration.ZERO;
    }
    Duration begin = Duration.ZERO;
    for (int halvings = 0; ; halvings++) {
      Duration interval = FIRST_INTERVAL.dividedBy(1L << halvings);
      long fit = HALVED_EVERY.dividedBy(interval);
      if (left <= fit || halvings == MAX_HALVINGS) {
        return begin.plus(interval.multipliedBy(left));
      }
      left -= fit;
      begin = begin.plus(HALVED_EVERY);
    }
  }
}

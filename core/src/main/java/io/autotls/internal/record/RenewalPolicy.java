package io.autotls.internal.record;

import io.autotls.internal.record.RenewalPlan.Because;
import io.autotls.internal.record.RenewalPlan.Window;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When to renew. Pure functions of the certificate and of what its issuer suggests.
 *
 * <p>The issuer's window goes first (RFC 9773): an instant in it, chosen once and kept. Without
 * one, the certificate itself decides: a third of its {@link Validity} is left, or half if that is
 * less than ten days. Nothing is put off into the last twentieth, and nothing at all by a window
 * that reaches beyond the certificate's end, for whoever suggests that has mistaken it for another.
 * Nothing is ever counted in fixed days, so that certificates of 20 seconds and of ten years need
 * no other rules.
 *
 * <p>A certificate whose predecessor was replaced young is not replaced before a {@link #pause},
 * whatever speaks for it, and each further one in a row makes that longer. That counts by the wall
 * clock. Nor is it replaced before its {@link #leastService}, which no wall clock can shorten:
 * nodes of which each believes that the certificates of the others have ended must not order in
 * turns.
 *
 * <p>Every choice is spread by a share that is derived from the certificate: those that were issued
 * together are not renewed together, and all nodes agree without a word.
 */
public final class RenewalPolicy {
  /** No inquiry is put off for longer, whatever an issuer wants. */
  public static final Duration LONGEST_PAUSE_OF_INQUIRIES = Duration.ofDays(1);

  private static final Duration SHORT_LIFE = Duration.ofDays(10);
  private static final double SPREAD = 0.02;
  private static final int URGENT = 10;
  private static final int LAST_RESORT = 20;

  /** A renewal takes seconds, however short the life is; but a sixth of it has to do. */
  private static final Duration LEAST_LAST_RESORT = Duration.ofSeconds(5);

  private static final int MOST_LAST_RESORT = 6;

  /** One renewal that comes early is obeyed; if the next certificate's does too, there is time. */
  private static final Duration SECOND_HASTY = Duration.ofHours(1);

  private static final Duration THIRD_HASTY = Duration.ofDays(2);
  private static final Duration FURTHER_HASTY = Duration.ofDays(7);

  /** After the first one that was replaced young: 50 minutes of 90 days. */
  private static final int LEAST_SERVICE = 2500;

  /** From here on it does not get longer: two days of 90, so that all is well soon after. */
  private static final int MOST_COUNTED = 7;

  /** A process that was just started does not know since when a certificate serves. */
  private static final Duration MOST_AFTER_START = Duration.ofHours(1);

  /** A window is asked for soon after the issuance, but not by a thousand at the same moment. */
  private static final Duration FIRST_INQUIRY = Duration.ofMinutes(1);

  private RenewalPolicy() {}

  /** The plan for a new certificate, of which the issuer has said nothing yet. */
  public static RenewalPlan first(Generation current, Instant now, int replacedYoung) {
    Duration spread = min(FIRST_INQUIRY, current.validity().length().dividedBy(LAST_RESORT));
    Instant askAt = now.plus(part(spread, share(current, 16)));
    return plan(current, null, askAt, replacedYoung, now);
  }

  /**
   * The plan after the issuer suggested a window; an instant that was chosen in it before stays,
   * and so does what a person wished for.
   */
  public static RenewalPlan suggested(
      RenewalPlan before, Generation current, Window window, Instant askAt, Instant now) {
    if (window.equals(before.window())) {
      return before.askingAt(askAt, 0);
    }
    RenewalPlan next = plan(current, window, askAt, before.replacedYoung(), now);
    return before.because() == Because.WISHED ? next.wished(before.at()) : next;
  }

  private static RenewalPlan plan(
      Generation current, @Nullable Window window, Instant askAt, int replacedYoung, Instant now) {
    Instant at;
    Because because;
    if (window == null || saysNothing(window, current)) {
      at = byLifetime(current);
      because = Because.LIFETIME;
    } else if (window.hasPassed(now)) {
      at = now.plus(pause(current, replacedYoung));
      because = Because.WINDOW_PASSED;
    } else {
      at = later(now.plus(pause(current, replacedYoung)), inside(window, share(current, 8)));
      because = Because.SUGGESTED;
    }
    Instant latest = latest(current, window);
    if (at.isAfter(latest)) {
      at = latest;
      because = because == Because.LIFETIME ? because : Because.LAST_RESORT;
    }
    Instant earliest = earliest(current, replacedYoung);
    at = at.isBefore(earliest) ? earliest : at;
    return new RenewalPlan(
        current.credential().alias(), at, because, window, askAt, 0, replacedYoung);
  }

  /**
   * The plan as it may be believed: what a wrong clock wrote, or saw, is planned anew.
   *
   * @param now when it is read
   */
  public static RenewalPlan believed(RenewalPlan stored, Generation current, Instant now) {
    Instant latestAsk = now.plus(LONGEST_PAUSE_OF_INQUIRIES.dividedBy(10).multipliedBy(12));
    Instant askAt = stored.askAt();
    if (askAt.isAfter(latestAsk)) {
      askAt = now.plus(part(FIRST_INQUIRY.multipliedBy(60), share(current, 16)));
    }
    Window window = stored.window();
    boolean isPlannedAnew =
        switch (stored.because()) {
          case LIFETIME -> true; // the certificate says it all
          case WINDOW_PASSED -> window == null || !window.hasPassed(now);
          case LAST_RESORT -> window == null || !window.hasPassed(now);
          case SUGGESTED -> false;
          case WISHED, OTHER_ISSUER -> stored.at().isAfter(now);
        };
    RenewalPlan planned =
        isPlannedAnew
            ? plan(current, window, askAt, stored.replacedYoung(), now)
                .askingAt(askAt, stored.failedInquiries())
            : stored.askingAt(askAt);
    Instant latest = later(latest(current, window), earliest(current, planned.replacedYoung()));
    if (planned.because() == Because.WINDOW_PASSED) {
      latest = earlier(latest, now.plus(pause(current, planned.replacedYoung())));
    }
    RenewalPlan bounded = planned.at().isAfter(latest) ? planned.at(latest) : planned;
    return bounded.equals(stored) ? stored : bounded;
  }

  /**
   * The plan for a certificate that has not begun. If what serves meanwhile ends before that,
   * another one is worth its order: it may begin sooner.
   *
   * @param served what serves meanwhile; null if nothing does
   */
  public static RenewalPlan untilItBegins(
      RenewalPlan planned, Generation awaited, @Nullable Generation served) {
    Instant begin = awaited.credential().notBefore();
    Instant at = earliest(awaited, planned.replacedYoung() + 1);
    if (served != null) {
      boolean lasts = !served.validity().to().isBefore(begin);
      at = lasts ? begin : later(at, lastResort(served));
    }
    return at.isBefore(begin) && at.isBefore(planned.at())
        ? planned.at(at, Because.LAST_RESORT)
        : planned;
  }

  /** The plan for a certificate that had ended when it was obtained, as is known by now. */
  public static RenewalPlan ofEnded(RenewalPlan planned, Generation ended) {
    Instant at = earliest(ended, planned.replacedYoung());
    return at.isBefore(planned.at()) ? planned.at(at, Because.LAST_RESORT) : planned;
  }

  /**
   * A window that holds the whole life of a certificate was made for another: any time is in it.
   */
  private static boolean saysNothing(Window window, Generation current) {
    Validity validity = current.validity();
    return !window.start().isAfter(validity.from()) && !window.end().isBefore(validity.to());
  }

  private static Instant byLifetime(Generation current) {
    Validity validity = current.validity();
    Duration life = validity.length();
    Instant at = validity.withOneLeftOf(life.compareTo(SHORT_LIFE) < 0 ? 2 : 3);
    return at.minus(part(life, SPREAD * share(current, 0)));
  }

  private static Instant inside(Window window, double share) {
    return window.start().plus(part(Duration.between(window.start(), window.end()), share));
  }

  /** When a renewal may not be put off any more, whatever its issuer suggests. */
  private static Instant latest(Generation current, @Nullable Window window) {
    boolean fits = window == null || !window.end().isAfter(current.validity().to());
    return fits ? lastResort(current) : byLifetime(current);
  }

  /** Before that a certificate is not replaced, be its renewal due or not. */
  public static Instant earliest(Generation current, int replacedYoung) {
    return current.obtainedAt().plus(pause(current, replacedYoung));
  }

  /** A CA whose windows are always open, or have passed, must not make us order without end. */
  private static Duration pause(Generation current, int replacedYoung) {
    Duration most = current.validity().length().dividedBy(4);
    return switch (replacedYoung) {
      case 0 -> Duration.ZERO;
      case 1 -> min(SECOND_HASTY, most);
      case 2 -> min(THIRD_HASTY, most);
      default -> min(FURTHER_HASTY, most);
    };
  }

  /**
   * How long a node leaves a certificate in service before it has it replaced, by its own monotonic
   * clock: nothing, unless those before it were replaced young too. A wish passes.
   *
   * @param life how long the certificate may serve at most
   * @param replacedYoung how many in a row were replaced young
   */
  public static Duration leastService(Duration life, int replacedYoung) {
    Duration part = life.isNegative() ? Duration.ZERO : life.dividedBy(LEAST_SERVICE);
    int counted = Math.min(replacedYoung, MOST_COUNTED);
    return part.multipliedBy((long) counted * counted);
  }

  /** The same for a node that found the certificate when it was started. */
  public static Duration leastServiceAfterStart(Duration life, int replacedYoung) {
    Duration most = min(MOST_AFTER_START, Duration.ofMinutes(replacedYoung));
    return min(leastService(life, replacedYoung), most);
  }

  private static Instant lastResort(Generation current) {
    Validity validity = current.validity();
    Duration life = validity.length();
    Duration least = min(LEAST_LAST_RESORT, life.dividedBy(MOST_LAST_RESORT));
    Duration share = life.dividedBy(LAST_RESORT);
    Duration part = share.compareTo(least) < 0 ? least : share;
    return validity.to().minus(part).minus(part(part, share(current, 0)));
  }

  /** Whether so little life is left that other renewals have to wait: a tenth. */
  public static boolean isUrgent(Generation current, Instant now) {
    return now.isAfter(current.validity().withOneLeftOf(URGENT));
  }

  /** When a person should hear next that this certificate is not renewed; empty after its end. */
  public static Optional<Instant> nextWarning(Generation current, Instant now) {
    Validity validity = current.validity();
    for (int part : new int[] {6, 12, 24}) {
      Instant at = validity.withOneLeftOf(part);
      if (at.isAfter(now)) {
        return Optional.of(at);
      }
    }
    return Optional.of(validity.to()).filter(end -> end.isAfter(now));
  }

  /** A number in [0, 1) that is this certificate's own; different offsets, different numbers. */
  private static double share(Generation current, int offset) {
    Credential credential = current.credential();
    String digits = credential.alias().substring(offset, offset + 8);
    return Long.parseLong(digits, 16) / (double) (1L << 32);
  }

  private static Duration part(Duration whole, double share) {
    return Duration.ofMillis((long) (whole.toMillis() * share));
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}

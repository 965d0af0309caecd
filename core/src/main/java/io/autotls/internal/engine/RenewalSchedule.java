package io.autotls.internal.engine;

import io.autotls.internal.engine.Renewal.Because;
import io.autotls.internal.engine.Renewal.Window;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When to renew. Pure functions of the certificate and of what its issuer suggests.
 *
 * <p>The issuer's window goes first (RFC 9773): an instant in it, chosen once and kept. Without
 * one, the certificate itself decides: a third of its life is left, or half if it lives less than
 * ten days. Nothing is put off into the last twentieth of the life, and nothing is ever counted in
 * fixed days, so that certificates of 20 seconds and of ten years need no other rules.
 *
 * <p>Every choice is spread by a share that is derived from the certificate: those that were issued
 * together are not renewed together, and all nodes agree without a word.
 */
final class RenewalSchedule {
  private static final Duration SHORT_LIFE = Duration.ofDays(10);
  private static final double SPREAD = 0.02;
  private static final int URGENT = 10;
  private static final int LAST_RESORT = 20;

  /** A renewal takes seconds, however short the life is; but a sixth of it has to do. */
  private static final Duration LEAST_LAST_RESORT = Duration.ofSeconds(5);

  private static final int MOST_LAST_RESORT = 6;

  /** A passed window means "now" once; if the next certificate's has passed too, there is time. */
  private static final Duration SECOND_HASTY = Duration.ofHours(1);

  private static final Duration THIRD_HASTY = Duration.ofDays(2);
  private static final Duration FURTHER_HASTY = Duration.ofDays(7);

  /** A window is asked for soon after the issuance, but not by a thousand at the same moment. */
  private static final Duration FIRST_INQUIRY = Duration.ofMinutes(1);

  private RenewalSchedule() {}

  /** The plan for a new certificate, of which the issuer has said nothing yet. */
  static Renewal first(Credential credential, Instant now, int hasty) {
    Duration spread = min(FIRST_INQUIRY, credential.lifetime().dividedBy(LAST_RESORT));
    Instant askAt = now.plus(part(spread, share(credential, 16)));
    return plan(credential, null, askAt, hasty, now);
  }

  /**
   * The plan after the issuer suggested a window; an instant that was chosen in it before stays,
   * and so does what a person wished for.
   */
  static Renewal suggested(
      Renewal before, Credential credential, Window window, Instant askAt, Instant now) {
    if (window.equals(before.window())) {
      return before.askingAt(askAt, 0);
    }
    Renewal next = plan(credential, window, askAt, before.hasty(), now);
    return before.because() == Because.WISHED ? next.wished(before.at()) : next;
  }

  private static Renewal plan(
      Credential credential, @Nullable Window window, Instant askAt, int hasty, Instant now) {
    Instant at;
    Because because;
    if (window == null) {
      at = byLifetime(credential);
      because = Because.LIFETIME;
    } else if (window.hasPassed(now)) {
      at = now.plus(pause(credential, hasty));
      because = Because.WINDOW_PASSED;
    } else {
      at = later(now.plus(pause(credential, hasty)), inside(window, share(credential, 8)));
      because = Because.SUGGESTED;
    }
    Instant last = lastResort(credential);
    if (at.isAfter(last)) {
      at = last;
      because = Because.LAST_RESORT;
    }
    return new Renewal(credential.alias(), at, because, window, askAt, 0, hasty);
  }

  private static Instant byLifetime(Credential credential) {
    Duration life = credential.lifetime();
    Duration left = life.dividedBy(life.compareTo(SHORT_LIFE) < 0 ? 2 : 3);
    Duration ahead = part(life, SPREAD * share(credential, 0));
    return credential.notAfter().minus(left).minus(ahead);
  }

  private static Instant inside(Window window, double share) {
    return window.start().plus(part(Duration.between(window.start(), window.end()), share));
  }

  /** A CA whose windows are always open, or have passed, must not make us order without end. */
  private static Duration pause(Credential credential, int hasty) {
    return switch (hasty) {
      case 0 -> Duration.ZERO;
      case 1 -> min(SECOND_HASTY, credential.lifetime().dividedBy(4));
      case 2 -> min(THIRD_HASTY, credential.lifetime().dividedBy(4));
      default -> min(FURTHER_HASTY, credential.lifetime().dividedBy(4));
    };
  }

  private static Instant lastResort(Credential credential) {
    Duration life = credential.lifetime();
    Duration least = min(LEAST_LAST_RESORT, life.dividedBy(MOST_LAST_RESORT));
    Duration share = life.dividedBy(LAST_RESORT);
    Duration part = share.compareTo(least) < 0 ? least : share;
    return credential.notAfter().minus(part).minus(part(part, share(credential, 0)));
  }

  /** Whether so little life is left that other renewals have to wait: a tenth. */
  static boolean isUrgent(Credential credential, Instant now) {
    return now.isAfter(credential.notAfter().minus(credential.lifetime().dividedBy(URGENT)));
  }

  /** When a person should hear next that this certificate is still not renewed. */
  static Instant nextWarning(Credential credential, Instant now) {
    for (int part : new int[] {6, 12, 24}) {
      Instant at = credential.notAfter().minus(credential.lifetime().dividedBy(part));
      if (at.isAfter(now)) {
        return at;
      }
    }
    Instant end = credential.notAfter();
    return end.isAfter(now) ? end : Hold.FOR_EVER;
  }

  /** A number in [0, 1) that is this certificate's own; different offsets, different numbers. */
  private static double share(Credential credential, int offset) {
    String digits = credential.alias().substring(offset, offset + 8);
    return Long.parseLong(digits, 16) / (double) (1L << 32);
  }

  private static Duration part(Duration whole, double share) {
    return Duration.ofMillis((long) (whole.toMillis() * share));
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}

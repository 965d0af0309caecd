package io.autotls.internal.record;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a certificate is to be renewed, and why then. It belongs to one certificate and dies with
 * it: what a CA says of one certificate must never decide about the next one.
 *
 * @param alias the credential that this is about
 * @param at when to renew
 * @param because why then
 * @param window what the issuer suggested; null if it has not, or not understandably
 * @param askAt when to ask the issuer for its window again
 * @param failedInquiries how often that failed in a row
 * @param replacedYoung how many certificates in a row were renewed young, or because their window
 *     had passed
 */
public record RenewalPlan(
    String alias,
    Instant at,
    Because because,
    @Nullable Window window,
    Instant askAt,
    int failedInquiries,
    int replacedYoung) {
  /** Why a renewal is due when it is. */
  public enum Because {
    /** A share of the certificate's life has passed. */
    LIFETIME("a share of the certificate's life has passed by then"),
    /** The issuer suggested a window, and this is an instant in it. */
    SUGGESTED("the CA suggests that time (RFC 9773)"),
    /** The window that the issuer suggested has passed: a revocation is likely. */
    WINDOW_PASSED("the CA's window for it has passed: the certificate is, or will be, revoked"),
    /** Whatever the issuer suggests: a later renewal would leave no room for a second try. */
    LAST_RESORT("nothing that is valid would be served if it waited for longer"),
    /** {@code renewNow}, until it is done. */
    WISHED("somebody asked for a new one"),
    /** The certificate came from an issuer that is not configured any more, or not the best. */
    OTHER_ISSUER("a certificate of an issuer that is configured, and better, takes its place");

    private final String text;

    Because(String text) {
      this.text = text;
    }

    /** For people; goes after "because". */
    public String text() {
      return text;
    }
  }

  /** A window that an issuer suggested, as it is stored. */
  public record Window(Instant start, Instant end, @Nullable URI explanation) {
    public boolean isOpen(Instant now) {
      return !now.isBefore(start) && now.isBefore(end);
    }

    public boolean hasPassed(Instant now) {
      return !now.isBefore(end);
    }
  }

  /** The same, now and whatever the issuer suggests next; a window that has passed stays known. */
  public RenewalPlan wished(Instant now) {
    Because why = because == Because.WINDOW_PASSED ? because : Because.WISHED;
    return new RenewalPlan(alias, now, why, window, askAt, failedInquiries, replacedYoung);
  }

  /** The same, at another time. */
  RenewalPlan at(Instant other) {
    return new RenewalPlan(alias, other, because, window, askAt, failedInquiries, replacedYoung);
  }

  /** The same, at another time for another reason. */
  RenewalPlan at(Instant other, Because why) {
    return new RenewalPlan(alias, other, why, window, askAt, failedInquiries, replacedYoung);
  }

  public RenewalPlan askingAt(Instant next) {
    return askingAt(next, failedInquiries);
  }

  public RenewalPlan askingAt(Instant next, int failures) {
    return new RenewalPlan(alias, at, because, window, next, failures, replacedYoung);
  }
}

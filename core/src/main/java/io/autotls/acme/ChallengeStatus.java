package io.autotls.acme;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state of an {@link AcmeChallenge} (RFC 8555 §7.1.6).
 *
 * <p>A {@code switch} over it keeps a {@code default}: servers may send what no RFC knows.
 */
public enum ChallengeStatus {
  /** Not yet triggered. */
  PENDING,
  /** The CA is looking, or will look again. */
  PROCESSING,
  /** The CA is convinced. */
  VALID,
  /** The CA was not convinced; {@link AcmeChallenge#error()} says why. */
  INVALID,
  /** Something that this client does not know, or nothing at all. */
  UNKNOWN;

  static ChallengeStatus of(@Nullable String wire) {
    for (ChallengeStatus status : values()) {
      if (status != UNKNOWN && status.name().toLowerCase(Locale.ROOT).equals(wire)) {
        return status;
      }
    }
    return UNKNOWN;
  }
}

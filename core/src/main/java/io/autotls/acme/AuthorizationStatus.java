package io.autotls.acme;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state of an {@link Authorization} (RFC 8555 §7.1.6).
 *
 * <p>A {@code switch} over it keeps a {@code default}: servers may send what no RFC knows.
 */
public enum AuthorizationStatus {
  /** One of the challenges has to be answered. */
  PENDING,
  /** The CA is convinced. */
  VALID,
  /** A challenge has failed; the orders that need this are lost. */
  INVALID,
  /** Given back by the account. */
  DEACTIVATED,
  /** Too old. */
  EXPIRED,
  /** Taken back by the CA. */
  REVOKED,
  /** Something that this client does not know, or nothing at all. */
  UNKNOWN;

  static AuthorizationStatus of(@Nullable String wire) {
    for (AuthorizationStatus status : values()) {
      if (status != UNKNOWN && status.name().toLowerCase(Locale.ROOT).equals(wire)) {
        return status;
      }
    }
    return UNKNOWN;
  }
}

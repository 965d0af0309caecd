package io.autotls.acme;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state of an account (RFC 8555 §7.1.2).
 *
 * <p>A {@code switch} over it keeps a {@code default}: servers may send what no RFC knows.
 */
public enum AccountStatus {
  /** In use. */
  VALID,
  /** Closed by its owner, for good. */
  DEACTIVATED,
  /** Closed by the CA. */
  REVOKED,
  /** Something that this client does not know, or nothing at all. */
  UNKNOWN;

  static AccountStatus of(@Nullable String wire) {
    for (AccountStatus status : values()) {
      if (status != UNKNOWN && status.name().toLowerCase(Locale.ROOT).equals(wire)) {
        return status;
      }
    }
    return UNKNOWN;
  }
}

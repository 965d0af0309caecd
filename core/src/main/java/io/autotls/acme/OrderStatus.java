package io.autotls.acme;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state of an {@link Order} (RFC 8555 §7.1.6). {@link #UNKNOWN} means: ask again later.
 *
 * <p>A {@code switch} over it keeps a {@code default}: servers may send what no RFC knows.
 */
public enum OrderStatus {
  /** Authorizations are still missing. */
  PENDING,
  /** All authorizations are valid: send the CSR. */
  READY,
  /** The CA is issuing: ask again later. */
  PROCESSING,
  /** The certificate can be downloaded. */
  VALID,
  /** The order has failed or expired; {@link Order#error()} may say why. Make a new one. */
  INVALID,
  /** Something that this client does not know, or nothing at all. */
  UNKNOWN;

  static OrderStatus of(@Nullable String wire) {
    for (OrderStatus status : values()) {
      if (status != UNKNOWN && status.name().toLowerCase(Locale.ROOT).equals(wire)) {
        return status;
      }
    }
    return UNKNOWN;
  }
}

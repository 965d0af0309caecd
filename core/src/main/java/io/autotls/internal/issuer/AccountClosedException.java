package io.autotls.internal.issuer;

import java.io.IOException;

/**
 * The CA has closed the account: deactivated by its owner, or by the CA itself. It never opens
 * again (RFC 8555 §7.3.6), and whether there is to be another one is for a person to say.
 */
final class AccountClosedException extends IOException {
  private static final long serialVersionUID = 1L;

  AccountClosedException(String message) {
    super(message);
  }
}

package io.autotls.testing.ca;

import java.net.URI;
import java.time.Instant;
import java.util.List;

/**
 * An account as it was when {@link TestCa#accounts()} was called (RFC 8555 §7.1.2).
 *
 * @param url what {@code Location} said at the registration
 * @param contact mailto URLs
 * @param status {@code valid} or {@code deactivated}
 * @param created when it was registered, on the clock of the CA
 * @param thumbprint of the present key (RFC 7638)
 */
public record AccountView(
    URI url, List<String> contact, String status, Instant created, String thumbprint) {
  /** Copies the contacts. */
  public AccountView {
    contact = List.copyOf(contact);
  }
}

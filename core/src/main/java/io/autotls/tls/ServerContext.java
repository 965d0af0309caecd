package io.autotls.tls;

import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/** Makes the {@link SSLContext} that serves what is in a {@link Keyring}. Pure function. */
public final class ServerContext {
  /** The protocol that a server has to offer to answer TLS-ALPN-01 (RFC 8737 §6.2). */
  public static final String ACME_TLS = KeyringKeyManager.ACME_TLS;

  private ServerContext() {}

  /**
   * A context of the JDK's own provider. What is installed in the keyring later is served from the next
   * handshake on, without a reload: TLS sessions survive a renewal.
   */
  public static SSLContext create(Keyring keyring) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new KeyringKeyManager(keyring)}, null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }
}

package io.autotls.tls;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Keyring} for those who only read it, such as adapters of servers: what is served is
 * decided elsewhere. It always shows the present state. Safe for use by many threads.
 *
 * <pre>{@code
 * SSLContext context = KeyringSslContext.create(tls.keyring());
 * }</pre>
 */
public final class KeyringView {
  private final Keyring keyring;

  KeyringView(Keyring keyring) {
    this.keyring = keyring;
  }

  /**
   * What a visitor of {@code serverName} gets, as {@link Keyring#find}.
   *
   * @param serverName the name in the ClientHello, in any case of letters; null if there is none
   * @return null only if nothing is installed and there is no placeholder
   */
  public @Nullable Credential find(@Nullable String serverName) {
    return keyring.find(serverName);
  }

  /** What {@code slot} has now: the id of a {@code CertificateSpec}, for those of AutoTls. */
  public Optional<Credential> installed(String slot) {
    return keyring.installed(slot);
  }

  /** For the key managers of this package, which read more than others see. */
  Keyring keyring() {
    return keyring;
  }
}

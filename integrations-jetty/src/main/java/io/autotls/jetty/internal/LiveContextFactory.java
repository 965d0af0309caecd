package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.tls.KeyringSslContext;
import java.security.KeyStore;
import javax.net.ssl.KeyManager;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Jetty's settings for TLS, with the keys of an {@link AutoTls}. Whoever asks clients for
 * certificates sets a trust store here as usual.
 */
public final class LiveContextFactory extends SslContextFactory.Server {
  private final AutoTls tls;

  /** Creates the settings, without any that differ from Jetty's. */
  public LiveContextFactory(AutoTls tls) {
    this.tls = tls;
  }

  @Override
  protected void doStart() throws Exception {
    if (getNeedClientAuth() || getWantClientAuth()) {
      // Jetty makes the context, with its trust managers. It asks for key managers only if there
      // is a key store, so there is one, with nothing in it.
      KeyStore none = KeyStore.getInstance(KeyStore.getDefaultType());
      none.load(null, null);
      setKeyStore(none);
    } else {
      setSslContext(tls.sslContext());
    }
    super.doStart();
  }

  @Override
  protected KeyManager[] getKeyManagers(KeyStore keyStore) {
    return new KeyManager[] {KeyringSslContext.keyManager(tls.keyring())};
  }
}

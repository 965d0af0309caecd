package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.tls.KeyringSslContext;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRL;
import java.util.Arrays;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * Jetty's settings for TLS, with the keys of an {@link AutoTls}. Whoever asks clients for
 * certificates sets a trust store here as usual.
 */
public final class LiveContextFactory extends SslContextFactory.Server {
  private final AutoTls tls;
  private TrustManager @Nullable [] clients; // null for those that the JVM trusts

  /** Creates the settings, without any that differ from Jetty's. */
  public LiveContextFactory(AutoTls tls) {
    this.tls = tls;
  }

  @Override
  protected void doStart() throws Exception {
    if (getNeedClientAuth() || getWantClientAuth()) {
      // Jetty makes the context, and its trust managers before. It does so only if there is a key
      // store, so there is one, with nothing in it.
      KeyStore none = KeyStore.getInstance(KeyStore.getDefaultType());
      none.load(null, null);
      setKeyStore(none);
    } else {
      setSslContext(tls.sslContext());
    }
    super.doStart();
  }

  @Override
  protected TrustManager @Nullable [] getTrustManagers(
      @Nullable KeyStore trustStore, @Nullable Collection<? extends CRL> revoked) throws Exception {
    clients = super.getTrustManagers(trustStore, revoked);
    return clients;
  }

  @Override
  protected SSLContext getSSLContextInstance() {
    return KeyringSslContext.create(tls.keyring(), clientTrust());
  }

  private X509TrustManager clientTrust() {
    TrustManager[] managers = clients == null ? trustOfTheJvm() : clients;
    return Arrays.stream(managers)
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no trust manager for X.509"));
  }

  private static TrustManager[] trustOfTheJvm() {
    try {
      TrustManagerFactory jvm =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      jvm.init((KeyStore) null);
      return jvm.getTrustManagers();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java trusts nobody", e);
    }
  }
}

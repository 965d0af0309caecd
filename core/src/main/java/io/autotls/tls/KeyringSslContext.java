package io.autotls.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;

/**
 * Makes TLS contexts that serve a {@link Keyring}. One context lives as long as the server: renewed
 * certificates are in the next handshake without any reload, and TLS sessions survive a renewal.
 *
 * <p>A server that creates its own {@link javax.net.ssl.SSLEngine engines} should {@linkplain
 * ClientHello#peek look into the ClientHello} first and call {@code createSSLEngine(serverName,
 * 0)}. Newer JDKs restore a session ticket before they read the server name; without this hint only
 * visitors of the default name would resume their sessions.
 */
public final class KeyringSslContext {
  private KeyringSslContext() {}

  /** A context for servers that serves {@code keyring} and trusts no client certificates. */
  public static SSLContext create(Keyring keyring) {
    return create(keyring, new TrustsNobody());
  }

  /**
   * A context for servers that serves {@code keyring} and asks {@code clients} about client
   * certificates. Whether clients are asked for one is a setting of the engine or socket.
   */
  public static SSLContext create(Keyring keyring, X509TrustManager clients) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keyManager(keyring)}, new TrustManager[] {clients}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  /** The key manager of {@link #create}, for servers that insist on making their own context. */
  public static X509ExtendedKeyManager keyManager(Keyring keyring) {
    return new KeyringKeyManager(keyring);
  }

  /** Saves the JDK from reading its file of roots, which takes longer than our whole start. */
  private static final class TrustsNobody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("no client certificate is trusted here");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("this context is for servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

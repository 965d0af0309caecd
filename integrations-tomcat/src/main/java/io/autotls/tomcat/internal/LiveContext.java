package io.autotls.tomcat.internal;

import io.autotls.AutoTls;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS context of an {@link AutoTls} as Tomcat wants to see it. Tomcat keeps a context that was
 * given to it when it reloads its own configuration, so this one serves for good.
 */
final class LiveContext implements org.apache.tomcat.util.net.SSLContext {
  private final SSLContext context;
  private final Supplier<Optional<String>> requestedHost;
  private final AcmeTlsGate acmeTls;

  /**
   * Creates a context.
   *
   * @param requestedHost the host that the client asked for, as far as it is known
   */
  LiveContext(AutoTls tls, Supplier<Optional<String>> requestedHost) {
    this.context = tls.sslContext();
    this.requestedHost = requestedHost;
    this.acmeTls = AcmeTlsGate.of(tls);
  }

  @Override
  public SSLEngine createSSLEngine() {
    SSLEngine engine =
        requestedHost
            .get()
            .map(host -> context.createSSLEngine(host, 0))
            .orElseGet(context::createSSLEngine);
    engine.setHandshakeApplicationProtocolSelector(this::select);
    return engine;
  }

  /**
   * The first protocol of the server that the client knows too. It is what JSSE does by itself,
   * except that {@code acme-tls/1} is only there while a challenge is under way (RFC 8737 §3).
   *
   * @return empty for none; null ends the handshake with {@code no_application_protocol}
   */
  private @Nullable String select(SSLEngine engine, List<String> offered) {
    String[] own = engine.getSSLParameters().getApplicationProtocols();
    for (String protocol : own) {
      if (offered.contains(protocol) && acmeTls.permits(protocol)) {
        return protocol;
      }
    }
    // Tomcat leaves the list empty if there is nothing in common, and then goes on without ALPN.
    return own.length == 0 ? "" : null;
  }

  @Override
  public SSLSessionContext getServerSessionContext() {
    return context.getServerSessionContext();
  }

  @Override
  public SSLParameters getSupportedSSLParameters() {
    return context.getSupportedSSLParameters();
  }

  @Override
  public SSLServerSocketFactory getServerSocketFactory() {
    return context.getServerSocketFactory();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return null; // asked for by the manager application only; which name would it be?
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }

  @Override
  public void init(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
    // It is initialized already, with the keys of AutoTls.
  }

  @Override
  public void destroy() {
    // It outlives Tomcat: AutoTls may serve several.
  }
}

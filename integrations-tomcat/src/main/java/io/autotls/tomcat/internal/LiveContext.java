package io.autotls.tomcat.internal;

import io.autotls.tls.KeyringSslContext;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS context of an {@code AutoTls} as Tomcat wants to see it. Tomcat keeps a context that was
 * given to it when it reloads its own configuration, so this one serves for good.
 */
final class LiveContext implements org.apache.tomcat.util.net.SSLContext {
  private final KeyringSslContext context;
  private final Supplier<Optional<InetAddress>> localAddress;

  /**
   * Wraps a context that is complete.
   *
   * @param localAddress where the connection came to that is about to get an engine, if it is known
   */
  LiveContext(KeyringSslContext context, Supplier<Optional<InetAddress>> localAddress) {
    this.context = context;
    this.localAddress = localAddress;
  }

  @Override
  public SSLEngine createSSLEngine() {
    return context.engine(localAddress.get().orElse(null));
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

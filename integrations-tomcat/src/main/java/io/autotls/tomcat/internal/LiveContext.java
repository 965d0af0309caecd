package io.autotls.tomcat.internal;

import io.autotls.tls.Keyring;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
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
 * The TLS context of an {@code AutoTls} as Tomcat wants to see it. Tomcat keeps a context that was
 * given to it when it reloads its own configuration, so this one serves for good.
 */
final class LiveContext implements org.apache.tomcat.util.net.SSLContext {
  private final Keyring keyring;
  private final Supplier<SSLContext> contexts;
  private final SSLContext context;
  private final Supplier<Optional<String>> requestedHost;

  /**
   * Wraps contexts that are complete.
   *
   * @param contexts makes one, without any session
   * @param requestedHost the host that the client asked for, as far as it is known
   */
  LiveContext(
      Keyring keyring, Supplier<SSLContext> contexts, Supplier<Optional<String>> requestedHost) {
    this.keyring = keyring;
    this.contexts = contexts;
    this.context = contexts.get();
    this.requestedHost = requestedHost;
  }

  @Override
  public SSLEngine createSSLEngine() {
    return requestedHost
        .get()
        .map(host -> contextFor(host).createSSLEngine(host, 0))
        .orElseGet(context::createSSLEngine);
  }

  /**
   * While a challenge for the host is under way, nobody resumes a session of it: JSSE would resume
   * one of an ordinary visit for {@code acme-tls/1} too, and the CA would not see the challenge
   * certificate. Whether it is the CA that comes Tomcat does not tell in time.
   */
  private SSLContext contextFor(String host) {
    boolean challenged = keyring.hasChallenges() && keyring.challenge(host) != null;
    return challenged ? contexts.get() : context;
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

package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.tls.ClientHello;
import io.autotls.tls.KeyringSslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS for which the ClientHello is read before the engine is created.
 *
 * <p>On JDK 25 a session is restored from its ticket before JSSE itself has seen the host. A key
 * manager that does not know it then answers for the default name, and no other name is ever
 * resumed. So the engine is created for the host, which the key manager falls back on.
 */
final class HelloConnectionFactory extends SslConnectionFactory {
  private final AutoTls tls;

  HelloConnectionFactory(AutoTls tls, SslContextFactory.Server context, String next) {
    super(context, next);
    this.tls = tls;
  }

  /** One that does what {@code original} does. */
  static HelloConnectionFactory like(AutoTls tls, SslConnectionFactory original, String next) {
    HelloConnectionFactory copy =
        new HelloConnectionFactory(tls, original.getSslContextFactory(), next);
    copy.setInputBufferSize(original.getInputBufferSize());
    copy.setDirectBuffersForEncryption(original.isDirectBuffersForEncryption());
    copy.setDirectBuffersForDecryption(original.isDirectBuffersForDecryption());
    copy.setEnsureSecureRequestCustomizer(original.isEnsureSecureRequestCustomizer());
    original.getEventListeners().forEach(copy::addEventListener);
    return copy;
  }

  @Override
  public Connection newConnection(Connector connector, EndPoint endPoint) {
    HelloReader reader =
        new HelloReader(
            endPoint, connector.getExecutor(), hello -> secure(connector, endPoint, hello));
    return configure(reader, connector, endPoint);
  }

  private Connection secure(Connector connector, EndPoint endPoint, @Nullable ClientHello hello) {
    SslContextFactory.Server context = getSslContextFactory();
    SslConnection ssl = begin(connector, endPoint, hello);
    ssl.setRenegotiationAllowed(context.isRenegotiationAllowed());
    ssl.setRenegotiationLimit(context.getRenegotiationLimit());
    configure(ssl, connector, endPoint);
    EndPoint decrypted = ssl.getSslEndPoint();
    decrypted.setConnection(
        connector.getConnectionFactory(getNextProtocol()).newConnection(connector, decrypted));
    return ssl;
  }

  private HelloConnection begin(
      Connector connector, EndPoint endPoint, @Nullable ClientHello hello) {
    String host = hello == null ? null : hello.serverName().orElse(null);
    if (host != null && isChallenge(hello, host)) {
      return new HelloConnection(connector, endPoint, challengeEngine(host), Purpose.CHALLENGE);
    }
    SslContextFactory.Server context = getSslContextFactory();
    SSLEngine engine = host == null ? context.newSSLEngine() : context.newSSLEngine(host, 0);
    engine.setUseClientMode(false);
    return new HelloConnection(connector, endPoint, engine, Purpose.VISIT);
  }

  /** RFC 8737 §3: a CA offers this protocol and no other. */
  private boolean isChallenge(ClientHello hello, String host) {
    return hello.applicationProtocols().equals(List.of(TlsAlpn01Solver.PROTOCOL))
        && tls.keyring().challenge(host) != null;
  }

  /**
   * An engine of a context of its own: JSSE would resume the session of an ordinary visit for this
   * protocol too, and the CA would not see the challenge certificate. Nor does a CA have a client
   * certificate to show.
   */
  private SSLEngine challengeEngine(String host) {
    SSLEngine engine = KeyringSslContext.create(tls.keyring()).createSSLEngine(host, 0);
    getSslContextFactory().customize(engine);
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(false);
    engine.setWantClientAuth(false);
    return engine;
  }

  private enum Purpose {
    VISIT,
    CHALLENGE
  }

  /** A TLS connection that knows what it is for. */
  final class HelloConnection extends SslConnection {
    private final Purpose purpose;

    private HelloConnection(
        Connector connector, EndPoint endPoint, SSLEngine engine, Purpose purpose) {
      super(
          connector.getByteBufferPool(),
          connector.getExecutor(),
          getSslContextFactory(),
          endPoint,
          engine,
          isDirectBuffersForEncryption(),
          isDirectBuffersForDecryption());
      this.purpose = purpose;
    }

    boolean isChallenge() {
      return purpose == Purpose.CHALLENGE;
    }
  }
}

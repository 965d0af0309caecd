package io.autotls.jetty.internal;

import io.autotls.tls.ClientHello;
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
  HelloConnectionFactory(SslContextFactory.Server context, String next) {
    super(context, next);
  }

  /** One that does what {@code original} does. */
  static HelloConnectionFactory like(SslConnectionFactory original, String next) {
    HelloConnectionFactory copy = new HelloConnectionFactory(original.getSslContextFactory(), next);
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
    String host = hello == null ? null : hello.serverName().orElse(null);
    SSLEngine engine = host == null ? context.newSSLEngine() : context.newSSLEngine(host, 0);
    engine.setUseClientMode(false);
    SslConnection ssl = new HelloConnection(connector, endPoint, engine, hello);
    ssl.setRenegotiationAllowed(context.isRenegotiationAllowed());
    ssl.setRenegotiationLimit(context.getRenegotiationLimit());
    configure(ssl, connector, endPoint);
    EndPoint decrypted = ssl.getSslEndPoint();
    decrypted.setConnection(
        connector.getConnectionFactory(getNextProtocol()).newConnection(connector, decrypted));
    return ssl;
  }

  /** A TLS connection that knows with what it began. */
  final class HelloConnection extends SslConnection {
    private final @Nullable ClientHello hello; // null if what came was none

    private HelloConnection(
        Connector connector, EndPoint endPoint, SSLEngine engine, @Nullable ClientHello hello) {
      super(
          connector.getByteBufferPool(),
          connector.getExecutor(),
          getSslContextFactory(),
          endPoint,
          engine,
          isDirectBuffersForEncryption(),
          isDirectBuffersForDecryption());
      this.hello = hello;
    }

    @Nullable ClientHello hello() {
      return hello;
    }
  }
}

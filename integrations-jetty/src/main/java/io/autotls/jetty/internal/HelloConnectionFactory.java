package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.tls.ClientHello;
import io.autotls.tls.KeyringSslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS for which the ClientHello is read before the engine is created. A visitor gets an engine for
 * the host that it names, and then the protocols of the connector. A CA that comes for TLS-ALPN-01
 * gets an engine and a connection of another kind, from which no way leads to the application.
 */
final class HelloConnectionFactory extends SslConnectionFactory {
  private final KeyringSslContext challenges;

  HelloConnectionFactory(AutoTls tls, SslContextFactory.Server context, String next) {
    super(context, next);
    this.challenges = KeyringSslContext.create(tls.keyring());
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
        new HelloReader(endPoint, connector, hello -> secure(connector, endPoint, hello));
    return configure(reader, connector, endPoint);
  }

  private Connection secure(Connector connector, EndPoint endPoint, @Nullable ClientHello hello) {
    return hello != null && hello.isForChallenge()
        ? challenge(connector, endPoint, hello)
        : visit(connector, endPoint, hello);
  }

  private Connection challenge(Connector connector, EndPoint endPoint, ClientHello hello) {
    SSLEngine settings = getSslContextFactory().newSSLEngine();
    SslConnection ssl =
        encrypt(
            connector, endPoint, challenges.challengeEngine(hello, settings.getSSLParameters()));
    EndPoint decrypted = ssl.getSslEndPoint();
    ChallengeConnection nothing = new ChallengeConnection(connector, decrypted);
    ssl.addHandshakeListener(nothing);
    decrypted.setConnection(configure(nothing, connector, decrypted));
    return ssl;
  }

  private Connection visit(Connector connector, EndPoint endPoint, @Nullable ClientHello hello) {
    SslConnection ssl =
        encrypt(connector, endPoint, visitEngine(hello, endPoint.getLocalSocketAddress()));
    EndPoint decrypted = ssl.getSslEndPoint();
    decrypted.setConnection(
        connector.getConnectionFactory(getNextProtocol()).newConnection(connector, decrypted));
    return ssl;
  }

  private SSLEngine visitEngine(@Nullable ClientHello hello, @Nullable SocketAddress local) {
    SslContextFactory.Server factory = getSslContextFactory();
    SSLContext context = factory.getSslContext();
    if (!(context instanceof KeyringSslContext keys)) { // the application has set another one
      SSLEngine engine = factory.newSSLEngine();
      engine.setUseClientMode(false);
      return engine;
    }
    InetAddress address =
        local instanceof InetSocketAddress internet ? internet.getAddress() : null;
    SSLEngine engine = keys.visitEngine(hello, address);
    factory.customize(engine);
    return engine;
  }

  private SslConnection encrypt(Connector connector, EndPoint endPoint, SSLEngine engine) {
    SslContextFactory.Server context = getSslContextFactory();
    SslConnection ssl =
        new SslConnection(
            connector.getByteBufferPool(),
            connector.getExecutor(),
            context,
            endPoint,
            engine,
            isDirectBuffersForEncryption(),
            isDirectBuffersForDecryption());
    ssl.setRenegotiationAllowed(context.isRenegotiationAllowed());
    ssl.setRenegotiationLimit(context.getRenegotiationLimit());
    configure(ssl, connector, endPoint);
    return ssl;
  }
}

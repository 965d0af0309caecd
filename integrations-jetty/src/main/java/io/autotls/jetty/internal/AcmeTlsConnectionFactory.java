package io.autotls.jetty.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import java.io.IOException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;

/**
 * The protocol {@code acme-tls/1}: a handshake, and nothing after it (RFC 8737 §3). Which
 * certificate the handshake shows is up to the key manager.
 */
final class AcmeTlsConnectionFactory extends AbstractConnectionFactory {
  AcmeTlsConnectionFactory() {
    super(TlsAlpn01Solver.PROTOCOL);
  }

  @Override
  public Connection newConnection(Connector connector, EndPoint endPoint) {
    SSLEngine engine = ((SslConnection.SslEndPoint) endPoint).getSslConnection().getSSLEngine();
    return configure(new HandshakeOnly(connector, endPoint, engine), connector, endPoint);
  }

  /** Closes when the handshake is complete. */
  private static final class HandshakeOnly extends AbstractConnection {
    private final SSLEngine engine;

    HandshakeOnly(Connector connector, EndPoint endPoint, SSLEngine engine) {
      super(endPoint, connector.getExecutor());
      this.engine = engine;
    }

    @Override
    public void onOpen() {
      super.onOpen();
      // Up to TLS 1.2 the protocol is known long before the client's Finished: whoever closes here
      // breaks the handshake.
      onFillable();
    }

    @Override
    public void onFillable() {
      try {
        int filled = getEndPoint().fill(BufferUtil.EMPTY_BUFFER);
        if (filled == 0 && engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
          fillInterested();
          return;
        }
      } catch (IOException e) {
        getEndPoint().close(e);
        return;
      }
      close();
    }

    @Override
    public void close() {
      // Says close_notify before it hangs up.
      getEndPoint().shutdownOutput();
      super.close();
    }
  }
}

package io.autotls.jetty.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;

/**
 * The protocol {@code acme-tls/1}: a handshake and nothing more (RFC 8737 §6.2). The CA has seen
 * what it wanted when the handshake is complete, and closes.
 */
public final class AcmeTlsConnectionFactory extends AbstractConnectionFactory {
  /** Creates the factory. */
  public AcmeTlsConnectionFactory() {
    super(TlsAlpn01Solver.PROTOCOL);
  }

  @Override
  public Connection newConnection(Connector connector, EndPoint endPoint) {
    return configure(new Silence(connector, endPoint), connector, endPoint);
  }

  private static final class Silence extends AbstractConnection {
    private Silence(Connector connector, EndPoint endPoint) {
      super(endPoint, connector.getExecutor());
    }

    @Override
    public void onOpen() {
      super.onOpen();
      // Not closed here: with TLS 1.2 our last handshake message is still to be sent.
      fillInterested();
    }

    @Override
    public void onFillable() {
      try {
        ByteBuffer ignored = BufferUtil.allocate(256);
        if (getEndPoint().fill(ignored) == 0) {
          fillInterested(); // the end of the handshake, no data
          return;
        }
      } catch (java.io.IOException e) {
        // Closed by the other side, which was to be.
      }
      getEndPoint().close();
    }
  }
}

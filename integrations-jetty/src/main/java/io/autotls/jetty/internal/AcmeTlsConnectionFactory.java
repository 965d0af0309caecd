package io.autotls.jetty.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.Connector;

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
    return configure(new Hangup(connector, endPoint), connector, endPoint);
  }

  private static final class Hangup extends AbstractConnection {
    Hangup(Connector connector, EndPoint endPoint) {
      super(endPoint, connector.getExecutor());
    }

    @Override
    public void onOpen() {
      super.onOpen();
      // The handshake is complete, since AlpnFactory hands over only then. Closing earlier breaks
      // it up to TLS 1.2.
      getEndPoint().shutdownOutput(); // says close_notify
      close();
    }

    @Override
    public void onFillable() {
      close(); // nothing is read here
    }
  }
}

package io.autotls.jetty.internal;

import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.NegotiatingServerConnection;
import org.eclipse.jetty.server.NegotiatingServerConnectionFactory;

/**
 * ALPN for visitors, without {@code acme-tls/1}: a CA never gets here.
 *
 * <p>Hands the list to JSSE, and does without Jetty's modules for ALPN.
 */
final class AlpnFactory extends NegotiatingServerConnectionFactory {
  static final String PROTOCOL = "alpn";

  AlpnFactory(List<String> protocols, String defaultProtocol) {
    super(PROTOCOL, protocols.toArray(String[]::new));
    setDefaultProtocol(defaultProtocol);
  }

  @Override
  protected AbstractConnection newServerConnection(
      Connector connector,
      EndPoint endPoint,
      SSLEngine engine,
      List<String> protocols,
      String defaultProtocol) {
    SslConnection ssl = ((SslConnection.SslEndPoint) endPoint).getSslConnection();
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(protocols.toArray(String[]::new));
    engine.setSSLParameters(parameters);
    Negotiation negotiation =
        new Negotiation(connector, endPoint, engine, protocols, defaultProtocol);
    ssl.addHandshakeListener(negotiation);
    return negotiation;
  }

  /** Waits for the end of the handshake, then lets the chosen protocol take over. */
  private static final class Negotiation extends NegotiatingServerConnection
      implements SslHandshakeListener {
    Negotiation(
        Connector connector,
        EndPoint endPoint,
        SSLEngine engine,
        List<String> protocols,
        String defaultProtocol) {
      super(connector, endPoint, engine, protocols, defaultProtocol);
    }

    @Override
    public void handshakeSucceeded(Event event) {
      String chosen = getSSLEngine().getApplicationProtocol();
      setProtocol(chosen.isEmpty() ? getDefaultProtocol() : chosen);
    }
  }
}

package io.autotls.jetty.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import java.util.ArrayList;
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
 * ALPN, with {@code acme-tls/1} only while a challenge is under way (RFC 8737 §3).
 *
 * <p>Jetty's own ALPN chooses the protocol in a callback. Up to TLS 1.2 JSSE calls that after it
 * chose the certificate, and the key manager cannot see that the client wants the challenge
 * certificate. This one hands the list to JSSE, which then chooses the protocol first.
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
    List<String> offered = offered(ssl, protocols);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(offered.toArray(String[]::new));
    engine.setSSLParameters(parameters);
    Negotiation negotiation =
        new Negotiation(connector, endPoint, engine, offered, defaultProtocol);
    ssl.addHandshakeListener(negotiation);
    return negotiation;
  }

  private static List<String> offered(SslConnection ssl, List<String> protocols) {
    if (ssl instanceof HelloConnectionFactory.HelloConnection begun && begun.isChallenge()) {
      return List.of(TlsAlpn01Solver.PROTOCOL);
    }
    // An empty list of our own stands for all that the connector knows, and that includes it.
    List<String> ordinary = new ArrayList<>(protocols);
    ordinary.remove(TlsAlpn01Solver.PROTOCOL);
    return ordinary;
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

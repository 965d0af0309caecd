package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.tls.ClientHello;
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

  private final AutoTls tls;

  AlpnFactory(AutoTls tls, List<String> protocols, String defaultProtocol) {
    super(PROTOCOL, protocols.toArray(String[]::new));
    this.tls = tls;
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
    List<String> offered = new ArrayList<>(protocols);
    // An empty list of our own stands for all that the connector knows, and that includes it.
    offered.remove(TlsAlpn01Solver.PROTOCOL);
    if (isChallenged(ssl)) {
      offered.add(TlsAlpn01Solver.PROTOCOL); // last: for those who want nothing else
    }
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(offered.toArray(String[]::new));
    engine.setSSLParameters(parameters);
    Negotiation negotiation =
        new Negotiation(connector, endPoint, engine, offered, defaultProtocol);
    ssl.addHandshakeListener(negotiation);
    return negotiation;
  }

  private boolean isChallenged(SslConnection ssl) {
    ClientHello hello =
        ssl instanceof HelloConnectionFactory.HelloConnection begun ? begun.hello() : null;
    return hello != null
        && hello.applicationProtocols().contains(TlsAlpn01Solver.PROTOCOL)
        && hello.serverName().map(tls.keyring()::challenge).isPresent();
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

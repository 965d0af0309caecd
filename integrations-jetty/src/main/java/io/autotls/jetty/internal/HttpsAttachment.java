package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NegotiatingServerConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;

/** Connectors for https. */
public final class HttpsAttachment {
  private HttpsAttachment() {}

  /** A new connector for {@code h2} and {@code http/1.1}. */
  public static ServerConnector newConnector(Server server, AutoTls tls) {
    LiveContextFactory context = new LiveContextFactory(tls);
    context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    // The cipher suites that RFC 9113 §9.2.2 wants first: h2 is chosen whatever the suite.
    context.setCipherComparator(HTTP2Cipher.COMPARATOR);
    context.setUseCipherSuitesOrder(true);
    context.addExcludeCipherSuites("^.*_CBC_.*$"); // Jetty excludes those with SHA-1 itself
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    // Without the check of Host against the certificate: it would refuse every request while the
    // placeholder is shown, and clients that resumed a session of another name of this server.
    configuration.addCustomizer(new SecureRequestCustomizer(false));

    ServerConnector connector =
        new ServerConnector(
            server,
            new HelloConnectionFactory(tls, context, AlpnFactory.PROTOCOL),
            new AlpnFactory(List.of("h2", "http/1.1"), "http/1.1"),
            new HTTP2ServerConnectionFactory(configuration),
            new HttpConnectionFactory(configuration));
    connector.setPort(tls.httpsPort());
    announce(connector, tls);
    return connector;
  }

  /** Lets a connector of the application show the certificates, and answer TLS-ALPN-01. */
  public static void attach(ServerConnector connector, AutoTls tls) {
    List<ConnectionFactory> factories = new ArrayList<>(connector.getConnectionFactories());
    TlsFactories found = TlsFactories.of(factories);
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "The connector on port "
              + connector.getPort()
              + " has no SslConnectionFactory: add one, or let JettyAutoTls.install make a"
              + " connector");
    }
    for (SslConnectionFactory ssl : found.all()) {
      if (!(ssl.getSslContextFactory() instanceof LiveContextFactory)) {
        ssl.getSslContextFactory().setSslContext(tls.sslContext());
      }
    }
    negotiate(factories, found, tls);
    String defaultProtocol = connector.getDefaultProtocol();
    connector.setConnectionFactories(factories);
    connector.setDefaultProtocol(defaultProtocol);
    announce(connector, tls);
  }

  /** Puts our ways to begin a connection in place of Jetty's, with the same settings. */
  private static void negotiate(
      List<ConnectionFactory> factories, TlsFactories found, AutoTls tls) {
    if (factories.stream().noneMatch(NegotiatingServerConnectionFactory.class::isInstance)) {
      // TLS leads straight to one protocol: let ALPN stand between. Jetty does not care about the
      // upper case of "HTTP/1.1", ALPN does.
      String only = found.all().iterator().next().getNextProtocol().toLowerCase(Locale.ROOT);
      factories.add(new AlpnFactory(List.of(only), only));
    }
    factories.replaceAll(
        factory ->
            factory instanceof NegotiatingServerConnectionFactory alpn
                ? new AlpnFactory(alpn.getNegotiatedProtocols(), alpn.getDefaultProtocol())
                : factory);
    found.replaceIn(factories, ssl -> HelloConnectionFactory.like(tls, ssl, AlpnFactory.PROTOCOL));
  }

  /** A CA finds the challenge certificates on every connector; the solver waits for one. */
  private static void announce(ServerConnector connector, AutoTls tls) {
    tls.solver(TlsAlpn01Solver.class)
        .ifPresent(
            solver ->
                connector.addEventListener(
                    new ConnectorState(solver.attach("Jetty on port " + connector.getPort()))));
  }
}

package io.autotls.jetty.internal;

import io.autotls.AutoTls;
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
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Connectors for https. */
public final class HttpsAttachment {
  private HttpsAttachment() {}

  /** A new connector for {@code h2} and {@code http/1.1}. */
  public static ServerConnector newConnector(Server server, AutoTls tls) {
    SslContextFactory.Server context = new SslContextFactory.Server();
    context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    // The cipher suites that RFC 9113 §9.2.2 wants first: h2 is chosen whatever the suite.
    context.setCipherComparator(HTTP2Cipher.COMPARATOR);
    context.setUseCipherSuitesOrder(true);
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    // Without the check of Host against the certificate: it would refuse every request while the
    // placeholder is shown, and clients that resumed a session of another name of this server.
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
    HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(configuration);
    AlpnFactory alpn = new AlpnFactory(tls, List.of("h2", "http/1.1"), "http/1.1");

    ServerConnector connector =
        new ServerConnector(
            server, new SslConnectionFactory(context, AlpnFactory.PROTOCOL), alpn, http2, http1);
    connector.setPort(tls.httpsPort());
    attach(connector, tls);
    return connector;
  }

  /** Lets a connector show the certificates of {@code tls}, and answer TLS-ALPN-01. */
  public static void attach(ServerConnector connector, AutoTls tls) {
    SslConnectionFactory ssl = connector.getConnectionFactory(SslConnectionFactory.class);
    if (ssl == null) {
      throw new IllegalArgumentException(
          "The connector on port "
              + connector.getPort()
              + " has no SslConnectionFactory: add one, or let JettyAutoTls.install make a"
              + " connector");
    }
    ssl.getSslContextFactory().setSslContext(tls.sslContext());
    List<ConnectionFactory> factories = new ArrayList<>(connector.getConnectionFactories());
    offerAcmeTls(factories, ssl, tls);
    String defaultProtocol = connector.getDefaultProtocol();
    connector.setConnectionFactories(factories);
    connector.setDefaultProtocol(defaultProtocol);
  }

  private static void offerAcmeTls(
      List<ConnectionFactory> factories, SslConnectionFactory ssl, AutoTls tls) {
    factories.replaceAll(
        factory ->
            factory instanceof NegotiatingServerConnectionFactory alpn
                ? withAcmeTls(alpn.getNegotiatedProtocols(), alpn.getDefaultProtocol(), tls)
                : factory);
    if (factories.stream().noneMatch(AlpnFactory.class::isInstance)) {
      // TLS leads straight to one protocol: let ALPN stand between.
      // Jetty does not care about upper case here ("HTTP/1.1"), ALPN does.
      String only = ssl.getNextProtocol().toLowerCase(Locale.ROOT);
      factories.set(
          factories.indexOf(ssl),
          new SslConnectionFactory(ssl.getSslContextFactory(), AlpnFactory.PROTOCOL));
      factories.add(withAcmeTls(List.of(only), only, tls));
    }
    factories.add(new AcmeTlsConnectionFactory());
  }

  private static AlpnFactory withAcmeTls(
      List<String> protocols, String defaultProtocol, AutoTls tls) {
    List<String> all = new ArrayList<>(protocols);
    if (!all.isEmpty()) { // an empty list means all that the connector knows
      all.add(AcmeTlsConnectionFactory.PROTOCOL);
    }
    return new AlpnFactory(tls, all, defaultProtocol);
  }
}

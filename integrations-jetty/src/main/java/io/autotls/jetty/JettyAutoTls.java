package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.jetty.internal.AcmeTlsConnectionFactory;
import io.autotls.jetty.internal.ChallengeHandler;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.Attachment;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Automatic HTTPS for a Jetty server.
 *
 * <pre>{@code
 * AutoTls tls = AutoTls.enable();
 * Server server = new Server();
 * server.setHandler(application);
 * JettyAutoTls.install(server, tls);
 * server.start();
 * }</pre>
 *
 * <p>This adds two connectors: HTTP, which answers the challenges of the CA and redirects
 * everything else to HTTPS, and HTTPS with HTTP/2, HTTP/1.1 and {@code acme-tls/1}. Certificates
 * change behind the HTTPS connector without a reload. Nothing is ordered before a connector
 * listens. Closing the {@code AutoTls} is the application's business, after it has stopped the
 * server.
 *
 * <p>An application that has connectors of its own attaches those: {@link #attachHttp}, {@link
 * #attachHttps}. Call everything before the server starts, from one thread.
 */
public final class JettyAutoTls {
  /** As ALPN spells it (RFC 7301 §6); Jetty's own name has capitals, and matches no client. */
  private static final String HTTP_1_1 = "http/1.1";

  private final ServerConnector http;
  private final ServerConnector https;

  private JettyAutoTls(ServerConnector http, ServerConnector https) {
    this.http = http;
    this.https = https;
  }

  /**
   * Adds both connectors, on the ports {@link AutoTls#httpPort()} and {@link AutoTls#httpsPort()}.
   *
   * @throws IllegalStateException if the server runs already
   */
  public static JettyAutoTls install(Server server, AutoTls tls) {
    ServerConnector http = new ServerConnector(server, new HttpConnectionFactory(quiet()));
    http.setPort(tls.httpPort());
    ServerConnector https = httpsConnector(server, tls);
    ChallengeHandler handler = handler(server, tls);
    handler.redirect(http, () -> https.getLocalPort() > 0 ? https.getLocalPort() : tls.httpsPort());
    server.addConnector(http);
    server.addConnector(https);
    attach(http, tls);
    attachAcmeTls(https, tls);
    return new JettyAutoTls(http, https);
  }

  private static ServerConnector httpsConnector(Server server, AutoTls tls) {
    HttpConfiguration configuration = quiet();
    configuration.setSecureScheme("https");
    // Visitors meet the placeholder before the first certificate is there, and resumed sessions
    // know
    // nothing of SNI: whether the name fits is decided by the client, which verifies it.
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
    HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(configuration);
    ALPNServerConnectionFactory alpn =
        new ALPNServerConnectionFactory(http2.getProtocol(), HTTP_1_1, TlsAlpn01Solver.PROTOCOL);
    alpn.setDefaultProtocol(http1.getProtocol());
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setSslContext(tls.sslContext());
    ServerConnector https =
        new ServerConnector(
            server,
            new SslConnectionFactory(ssl, alpn.getProtocol()),
            alpn,
            http2,
            http1,
            new AcmeTlsConnectionFactory());
    https.setPort(tls.httpsPort());
    return https;
  }

  private static HttpConfiguration quiet() {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    return configuration;
  }

  /**
   * Answers challenges on an HTTP connector of the application, before all its handlers; everything
   * else goes on to the application.
   */
  public static void attachHttp(ServerConnector connector, AutoTls tls) {
    handler(connector.getServer(), tls).answer(connector);
    attach(connector, tls);
  }

  /**
   * Serves the certificates on an HTTPS connector of the application. Its {@code SslContextFactory}
   * keeps protocols and ciphers, and gets our context in place of a key store. If it has ALPN,
   * {@code acme-tls/1} is offered as well, unless its list of protocols was given and lacks it.
   *
   * @throws IllegalArgumentException if the connector has no TLS
   */
  public static void attachHttps(ServerConnector connector, AutoTls tls) {
    SslConnectionFactory ssl = connector.getConnectionFactory(SslConnectionFactory.class);
    if (ssl == null) {
      throw new IllegalArgumentException("this connector has no TLS: " + connector);
    }
    ssl.getSslContextFactory().setSslContext(tls.sslContext());
    ALPNServerConnectionFactory alpn =
        connector.getConnectionFactory(ALPNServerConnectionFactory.class);
    if (alpn == null) {
      return;
    }
    connector.addConnectionFactory(new AcmeTlsConnectionFactory());
    boolean offered =
        alpn.getNegotiatedProtocols().isEmpty()
            || alpn.getNegotiatedProtocols().contains(TlsAlpn01Solver.PROTOCOL);
    if (offered) {
      attachAcmeTls(connector, tls);
    }
  }

  private static void attach(ServerConnector connector, AutoTls tls) {
    tls.solver(Http01Solver.class)
        .ifPresent(solver -> follow(connector, solver.attach(describe(connector))));
  }

  private static void attachAcmeTls(ServerConnector connector, AutoTls tls) {
    tls.solver(TlsAlpn01Solver.class)
        .ifPresent(solver -> follow(connector, solver.attach(describe(connector))));
  }

  private static String describe(ServerConnector connector) {
    return "Jetty on port " + connector.getPort();
  }

  /** Tells the solver when the connector listens: nothing is ordered before. */
  private static void follow(ServerConnector connector, Attachment attachment) {
    connector.addEventListener(
        new LifeCycle.Listener() {
          @Override
          public void lifeCycleStarted(LifeCycle event) {
            attachment.listening();
          }

          @Override
          public void lifeCycleStopping(LifeCycle event) {
            attachment.stopped();
          }
        });
  }

  /** The one handler of ours before those of the application; put there when the server starts. */
  private static ChallengeHandler handler(Server server, AutoTls tls) {
    if (server.isRunning()) {
      throw new IllegalStateException("install AutoTls before the server starts");
    }
    for (Front front : server.getContainedBeans(Front.class)) {
      return front.handler;
    }
    Front front =
        new Front(server, new ChallengeHandler(tls.solver(Http01Solver.class).orElse(null)));
    server.addBean(front);
    server.addEventListener(front);
    return front.handler;
  }

  /** The application may set its handler after us, so ours goes to the front at the last moment. */
  private static final class Front implements LifeCycle.Listener {
    private final Server server;
    private final ChallengeHandler handler;

    private Front(Server server, ChallengeHandler handler) {
      this.server = server;
      this.handler = handler;
    }

    @Override
    public void lifeCycleStarting(LifeCycle event) {
      Handler application = server.getHandler();
      if (application != handler) {
        handler.setHandler(application);
        server.setHandler(handler);
      }
    }
  }

  /** The HTTP connector, to tune it. */
  public ServerConnector httpConnector() {
    return http;
  }

  /** The HTTPS connector, to tune it. */
  public ServerConnector httpsConnector() {
    return https;
  }
}

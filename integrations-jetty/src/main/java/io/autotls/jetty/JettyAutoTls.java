package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.jetty.internal.HttpAttachment;
import io.autotls.jetty.internal.HttpsAttachment;
import io.autotls.jetty.internal.LiveContextFactory;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.PlainPort;
import io.autotls.solver.http.PlainRequest;
import java.util.Objects;
import java.util.function.Predicate;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Gives a Jetty server two connectors: one for https with the certificates of an {@link AutoTls},
 * and one for plain http that answers challenges and redirects everything else to https.
 *
 * <pre>{@code
 * AutoTls tls = AutoTls.enable();
 * Server server = new Server();
 * server.setHandler(application);
 * JettyAutoTls.install(server, tls);
 * server.start();
 * }</pre>
 *
 * <p>A new certificate is shown from the next handshake on: nothing restarts, connections stay
 * open, and the settings of the connectors are not touched. Before the first certificate is there
 * the server starts all the same and shows a placeholder. AutoTls orders nothing before the
 * connectors accept connections, and learns it when they stop.
 *
 * <p>Challenges are answered ahead of every handler of the application, whichever it sets before
 * the server starts; redirects and authentication cannot hide them. Only a handler that replaces
 * the one of a <em>running</em> server does: set a {@code Handler.Wrapper} before the start and
 * change what is inside that.
 *
 * <p>An application that has connectors already keeps them and calls {@link #attachHttp} and {@link
 * #attachHttps} instead.
 *
 * <p>Not for use by several threads at once; everything that runs later is.
 */
public final class JettyAutoTls {
  private final ServerConnector httpConnector;
  private final ServerConnector httpsConnector;

  private final PlainPort httpPort;

  private JettyAutoTls(
      ServerConnector httpConnector, ServerConnector httpsConnector, PlainPort httpPort) {
    this.httpConnector = httpConnector;
    this.httpsConnector = httpsConnector;
    this.httpPort = httpPort;
  }

  /**
   * Adds the two connectors, on {@link AutoTls#httpPort} and {@link AutoTls#httpsPort}. Call it
   * once, before the server starts.
   *
   * <p>Requests to the http port never reach the application, but for those that it {@linkplain
   * #doNotRedirect excepts}: challenges are answered, everything else is redirected to the same
   * path and query on https, on {@link AutoTls#publicHttpsPort} if that is set, with 301 for {@code
   * GET} and {@code HEAD} and with 308 for other methods, which keeps them. What a proxy sends on
   * that had come to it over https gets 421: a redirect would lead back here. The https connector
   * speaks {@code h2} and {@code http/1.1} over TLS 1.2 and 1.3, and {@code acme-tls/1} while a
   * challenge of that type is under way.
   *
   * @throws IllegalStateException if the server runs already
   */
  public static JettyAutoTls install(Server server, AutoTls tls) {
    Objects.requireNonNull(tls, "tls");
    requireNotRunning(server);
    ServerConnector https = HttpsAttachment.newConnector(server, tls);
    PlainPort port =
        PlainPort.redirecting(
            tls.solver(Http01Solver.class).orElse(null),
            () -> tls.publicHttpsPort().orElseGet(() -> localPort(https, tls)));
    ServerConnector http = HttpAttachment.newConnector(server, tls, port);
    server.addConnector(http);
    server.addConnector(https);
    return new JettyAutoTls(http, https, port);
  }

  private static int localPort(ServerConnector https, AutoTls tls) {
    return https.getLocalPort() > 0 ? https.getLocalPort() : tls.httpsPort();
  }

  /**
   * Lets the application answer requests to the http port for which {@code exception} says true,
   * over plain http; all others are redirected. For probes of a balancer, or for devices that speak
   * no TLS:
   *
   * <pre>{@code
   * JettyAutoTls.install(server, tls)
   *     .doNotRedirect(request -> request.path().equals("/health"));
   * }</pre>
   *
   * <p>May be called again, for more; challenges are answered all the same. Called by many threads,
   * and has to return at once.
   */
  public JettyAutoTls doNotRedirect(Predicate<PlainRequest> exception) {
    httpPort.doNotRedirect(exception);
    return this;
  }

  /**
   * Lets a connector of the application answer HTTP-01 challenges, ahead of the application's
   * handlers. Everything else goes to the application as before. Does nothing if HTTP-01 is not in
   * use.
   *
   * @throws IllegalStateException if the server runs already
   */
  public static void attachHttp(ServerConnector connector, AutoTls tls) {
    Objects.requireNonNull(tls, "tls");
    requireNotRunning(connector.getServer());
    HttpAttachment.challengesOnly(connector, tls);
  }

  /**
   * Lets a connector of the application serve the certificates of {@code tls} and answer
   * TLS-ALPN-01 challenges.
   *
   * <p>Protocols, cipher suites and customizers stay as they are; its factories for TLS and ALPN
   * are replaced by such with the same settings, also within a {@code DetectorConnectionFactory},
   * which serves TLS and plain http on one port. The {@code SslContextFactory} gets {@link
   * AutoTls#sslContext}, and Jetty then uses neither its key store nor its trust store: a connector
   * that asks clients for certificates is made with {@link #sslContextFactory}. Jetty's {@code
   * SecureRequestCustomizer} checks by default that the certificate matches the {@code Host}; with
   * that it answers 400 until the first certificate is there, so consider {@code
   * setSniHostCheck(false)}.
   *
   * @throws IllegalStateException if the server runs already
   * @throws IllegalArgumentException if the connector has no {@code SslConnectionFactory}, or one
   *     that a subclass of {@code DetectorConnectionFactory} detects
   */
  public static void attachHttps(ServerConnector connector, AutoTls tls) {
    Objects.requireNonNull(tls, "tls");
    requireNotRunning(connector.getServer());
    HttpsAttachment.attach(connector, tls);
  }

  /**
   * Jetty's settings for TLS with the certificates of {@code tls}, for a connector of the
   * application that is given to {@link #attachHttps} afterwards. Everything but keys is set as
   * usual: protocols, cipher suites, and for client certificates {@code setNeedClientAuth} with a
   * trust store.
   */
  public static SslContextFactory.Server sslContextFactory(AutoTls tls) {
    return new LiveContextFactory(Objects.requireNonNull(tls, "tls"));
  }

  /** The connector for plain http, for further settings such as {@code setHost}. */
  public ServerConnector httpConnector() {
    return httpConnector;
  }

  /** The connector for https, for further settings such as {@code setIdleTimeout}. */
  public ServerConnector httpsConnector() {
    return httpsConnector;
  }

  private static void requireNotRunning(Server server) {
    if (server.isRunning()) {
      throw new IllegalStateException(
          "The server runs already; install AutoTls before server.start()");
    }
  }
}

package io.autotls.tomcat;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.PlainPort;
import io.autotls.solver.http.PlainRequest;
import io.autotls.tomcat.internal.Connectors;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Service;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/**
 * Gives a Tomcat two connectors: one for https with the certificates of an {@link AutoTls}, and one
 * for plain http that answers challenges and redirects everything else to https.
 *
 * <pre>{@code
 * AutoTls tls = AutoTls.enable();
 * Tomcat tomcat = new Tomcat();
 * tomcat.addContext("", null).…
 * TomcatAutoTls.install(tomcat, tls);
 * tomcat.start();
 * }</pre>
 *
 * <p>A new certificate is shown from the next handshake on: nothing restarts, connections stay
 * open, and the settings of the connectors are not touched. Before the first certificate is there
 * the server starts all the same and shows a placeholder. AutoTls orders nothing before the
 * connectors accept connections, and learns it when they stop.
 *
 * <p>Challenges are answered between the connector and the engine: ahead of every host, context,
 * valve and filter, and even if nothing is deployed.
 *
 * <p>An application that has connectors already keeps them and calls {@link #attachHttp} and {@link
 * #attachHttps} instead.
 *
 * <p>Not for use by several threads at once; everything that runs later is.
 */
public final class TomcatAutoTls {
  private final Connector httpConnector;
  private final Connector httpsConnector;

  private final PlainPort httpPort;

  private TomcatAutoTls(Connector httpConnector, Connector httpsConnector, PlainPort httpPort) {
    this.httpConnector = httpConnector;
    this.httpsConnector = httpsConnector;
    this.httpPort = httpPort;
  }

  /** Adds the two connectors to the service of an embedded Tomcat; see the other method. */
  public static TomcatAutoTls install(Tomcat tomcat, AutoTls tls) {
    return install(tomcat.getService(), tls);
  }

  /**
   * Adds the two connectors, on {@link AutoTls#httpPort} and {@link AutoTls#httpsPort}. Call it
   * once, before Tomcat starts.
   *
   * <p>Requests to the http port never reach the application, but for those that it {@linkplain
   * #doNotRedirect excepts}: challenges are answered, everything else is redirected to the same
   * path and query on https, on {@link AutoTls#publicHttpsPort} if that is set, with 301 for {@code
   * GET} and {@code HEAD} and with 308 for other methods, which keeps them. What Tomcat itself
   * refuses, such as a request with two hosts, it refuses here too. What a proxy sends on that had
   * come to it over https gets 421: a redirect would lead back here. The https connector speaks
   * {@code h2} and {@code http/1.1} over TLS 1.2 and 1.3, and {@code acme-tls/1} while a challenge
   * of that type is under way.
   *
   * <p>Unlike Tomcat's own connectors these make the start fail if their port is taken.
   *
   * @throws IllegalStateException if Tomcat is initialized already
   */
  public static TomcatAutoTls install(Service service, AutoTls tls) {
    Objects.requireNonNull(tls, "tls");
    requireNew(service.getState());
    Connector https = Connectors.https(tls);
    PlainPort port =
        PlainPort.redirecting(
            tls.solver(Http01Solver.class).orElse(null),
            () -> tls.publicHttpsPort().orElseGet(() -> localPort(https, tls)));
    Connector http = Connectors.http(tls, port);
    service.addConnector(https); // first: this is what Tomcat.getConnector() returns
    service.addConnector(http);
    return new TomcatAutoTls(http, https, port);
  }

  private static int localPort(Connector https, AutoTls tls) {
    return tls.httpsPort() == 0 ? https.getLocalPort() : tls.httpsPort();
  }

  /**
   * Lets the application answer requests to the http port for which {@code exception} says true,
   * over plain http; all others are redirected. For probes of a balancer, or for devices that speak
   * no TLS:
   *
   * <pre>{@code
   * TomcatAutoTls.install(tomcat, tls)
   *     .doNotRedirect(request -> request.path().equals("/health"));
   * }</pre>
   *
   * <p>May be called again, for more; challenges are answered all the same. Called by many threads,
   * and has to return at once.
   */
  public TomcatAutoTls doNotRedirect(Predicate<PlainRequest> exception) {
    httpPort.doNotRedirect(exception);
    return this;
  }

  /**
   * Lets a connector of the application answer HTTP-01 challenges, ahead of everything that is
   * deployed. Everything else goes to the application as before. Does nothing if HTTP-01 is not in
   * use.
   *
   * @throws IllegalStateException if the connector is initialized already
   */
  public static void attachHttp(Connector connector, AutoTls tls) {
    Objects.requireNonNull(tls, "tls");
    requireNew(connector.getState());
    Connectors.answerChallenges(connector, tls);
  }

  /**
   * Lets a connector of the application serve the certificates of {@code tls} and answer
   * TLS-ALPN-01 challenges.
   *
   * <p>Protocols, cipher suites and client authentication stay as they are, for each {@code
   * SSLHostConfig}, with its trust store; only key stores are not used any more. Tomcat does not
   * tell which address a connection came to, unless the connector is bound to one by its property
   * {@code address}: else who names no host gets the first certificate for an address.
   *
   * @throws IllegalStateException if the connector is initialized already
   * @throws IllegalArgumentException if the connector has no {@code SSLHostConfig}
   */
  public static void attachHttps(Connector connector, AutoTls tls) {
    Objects.requireNonNull(tls, "tls");
    requireNew(connector.getState());
    if (connector.findSslHostConfigs().length == 0) {
      throw new IllegalArgumentException(
          "The connector on port "
              + connector.getPort()
              + " has no SSLHostConfig: add one, or let TomcatAutoTls.install make a connector");
    }
    Connectors.secure(connector, tls);
  }

  /** The connector for plain http, for further settings. */
  public Connector httpConnector() {
    return httpConnector;
  }

  /** The connector for https, for further settings. */
  public Connector httpsConnector() {
    return httpsConnector;
  }

  private static void requireNew(LifecycleState state) {
    if (state != LifecycleState.NEW) {
      throw new IllegalStateException(
          "Tomcat is initialized already (" + state + "); install AutoTls before tomcat.start()");
    }
  }
}

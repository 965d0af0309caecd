package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.PlainPort;
import java.util.function.IntSupplier;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Connectors for plain http. */
public final class HttpAttachment {
  private HttpAttachment() {}

  /**
   * A new connector that answers challenges and redirects the rest.
   *
   * @param httpsPort asked for each redirect
   */
  public static ServerConnector redirecting(Server server, AutoTls tls, IntSupplier httpsPort) {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    // The path is only sent back, never looked into: what the application's own rules for URIs
    // permit on https must not fail here.
    configuration.setUriCompliance(UriCompliance.UNSAFE);
    ServerConnector connector =
        new ServerConnector(server, new HttpConnectionFactory(configuration));
    connector.setPort(tls.httpPort());
    Http01Solver solver = tls.solver(Http01Solver.class).orElse(null);
    HttpPortHandler.add(connector, PlainPort.redirecting(solver, httpsPort));
    if (solver != null) {
      announce(connector, solver);
    }
    return connector;
  }

  /** Lets a connector of the application answer challenges too. */
  public static void challengesOnly(ServerConnector connector, AutoTls tls) {
    tls.solver(Http01Solver.class)
        .ifPresent(
            solver -> {
              HttpPortHandler.add(connector, PlainPort.challengesOnly(solver));
              announce(connector, solver);
            });
  }

  private static void announce(ServerConnector connector, Http01Solver solver) {
    connector.addEventListener(
        new ConnectorState(solver.attach("Jetty on port " + connector.getPort())));
  }
}

package io.autotls.jetty.internal;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.PlainPort;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Connectors for plain http. */
public final class HttpAttachment {
  private HttpAttachment() {}

  /** A new connector that answers as {@code port} says. */
  public static ServerConnector newConnector(Server server, AutoTls tls, PlainPort port) {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    // The path is only sent back, never looked into: what the application's own rules for URIs
    // permit on https must not fail here. What goes on to the application is checked after all.
    configuration.setUriCompliance(UriCompliance.UNSAFE);
    ServerConnector connector =
        new ServerConnector(server, new HttpConnectionFactory(configuration));
    connector.setPort(tls.httpPort());
    HttpPortHandler.add(connector, port, UriCompliance.DEFAULT);
    tls.solver(Http01Solver.class).ifPresent(solver -> announce(connector, solver));
    return connector;
  }

  /** Lets a connector of the application answer challenges too. */
  public static void challengesOnly(ServerConnector connector, AutoTls tls) {
    tls.solver(Http01Solver.class)
        .ifPresent(
            solver -> {
              // Jetty has checked by the connector's own rules.
              HttpPortHandler.add(
                  connector, PlainPort.challengesOnly(solver), UriCompliance.UNSAFE);
              announce(connector, solver);
            });
  }

  private static void announce(ServerConnector connector, Http01Solver solver) {
    connector.addEventListener(
        new ConnectorState(solver.attach("Jetty on port " + connector.getPort())));
  }
}

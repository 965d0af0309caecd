package io.autotls.tomcat.internal;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.PlainPort;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.ProtocolHandler;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;

/** Makes connectors for http and https, and teaches existing ones. */
public final class Connectors {
  // By name, for the module of Tomcat does not export it. Tomcat would take OpenSSL where it finds
  // it.
  private static final String JSSE = "org.apache.tomcat.util.net.jsse.JSSEImplementation";

  private Connectors() {}

  /** A new connector for plain http that answers as {@code port} says. */
  public static Connector http(AutoTls tls, PlainPort port) {
    Connector connector = connector(new Http11NioProtocol());
    connector.setPort(tls.httpPort());
    answer(connector, port);
    tls.solver(Http01Solver.class).ifPresent(solver -> announce(connector, solver));
    return connector;
  }

  /** A new connector for {@code h2} and {@code http/1.1}. */
  public static Connector https(AutoTls tls) {
    SniEndpoint endpoint = new SniEndpoint();
    Http11NioProtocol protocol = new Http11NioProtocol(endpoint);
    protocol.setSslImplementationName(JSSE);
    protocol.setSSLEnabled(true);
    Connector connector = connector(protocol);
    connector.setPort(tls.httpsPort());
    connector.setScheme("https");
    connector.setSecure(true);
    connector.addUpgradeProtocol(new Http2Protocol());
    SSLHostConfig config = new SSLHostConfig();
    config.setProtocols("TLSv1.2+TLSv1.3");
    connector.addSslHostConfig(config);
    secure(connector, tls, endpoint::takeRequestedHost);
    return connector;
  }

  private static Connector connector(Http11NioProtocol protocol) {
    Connector connector = new Connector(protocol);
    // Tomcat would only log that a port is taken, and run without it.
    connector.setThrowOnFailure(true);
    return connector;
  }

  /** Lets a connector of the application answer challenges too. */
  public static void answerChallenges(Connector connector, AutoTls tls) {
    tls.solver(Http01Solver.class)
        .ifPresent(
            solver -> {
              answer(connector, PlainPort.challengesOnly(solver));
              announce(connector, solver);
            });
  }

  private static void answer(Connector connector, PlainPort port) {
    ProtocolHandler handler = connector.getProtocolHandler();
    connector.addLifecycleListener(
        event -> {
          // Each initialization gives the protocol a new adapter to the engine.
          if (event.getType().equals(Lifecycle.AFTER_INIT_EVENT)) {
            handler.setAdapter(new HttpPortAdapter(handler.getAdapter(), port));
          }
        });
  }

  private static void announce(Connector connector, Http01Solver solver) {
    connector.addLifecycleListener(
        new ConnectorState(solver.attach("Tomcat on port " + connector.getPort())));
  }

  /** Lets a connector of the application show the certificates, and answer TLS-ALPN-01. */
  public static void secure(Connector connector, AutoTls tls) {
    secure(connector, tls, Optional::empty);
  }

  private static void secure(
      Connector connector, AutoTls tls, Supplier<Optional<String>> requestedHost) {
    connector.addLifecycleListener(new ContextInstaller(connector, tls, requestedHost));
    tls.solver(TlsAlpn01Solver.class)
        .ifPresent(
            solver -> {
              connector.addUpgradeProtocol(new AcmeTlsProtocol());
              connector.addLifecycleListener(
                  new ConnectorState(solver.attach("Tomcat on port " + connector.getPort())));
            });
  }
}

package io.autotls.tomcat.internal;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.http.PlainPort;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import java.net.InetAddress;
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

  /**
   * For TLS 1.2: forward secrecy and authenticated encryption, the best first. Without them a
   * client decides, and Tomcat lets it take a suite with CBC.
   */
  private static final String CIPHERS =
      String.join(
          ",",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

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
    AddressedEndpoint endpoint = new AddressedEndpoint();
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
    config.setCiphers(CIPHERS);
    config.setHonorCipherOrder(true);
    connector.addSslHostConfig(config);
    secure(connector, tls, endpoint::localAddress);
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
    secure(connector, tls, () -> boundAddress(connector));
  }

  /** A connector for all addresses does not tell to which of them a visitor came. */
  private static Optional<InetAddress> boundAddress(Connector connector) {
    return connector.getProperty("address") instanceof InetAddress address
            && !address.isAnyLocalAddress()
        ? Optional.of(address)
        : Optional.empty();
  }

  private static void secure(
      Connector connector, AutoTls tls, Supplier<Optional<InetAddress>> localAddress) {
    connector.addLifecycleListener(new ContextInstaller(connector, tls, localAddress));
    tls.solver(TlsAlpn01Solver.class)
        .ifPresent(
            solver -> {
              connector.addUpgradeProtocol(new AcmeTlsProtocol());
              connector.addLifecycleListener(
                  new ConnectorState(solver.attach("Tomcat on port " + connector.getPort())));
            });
  }
}

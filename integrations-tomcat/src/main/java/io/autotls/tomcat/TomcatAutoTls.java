package io.autotls.tomcat;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.Attachment;
import io.autotls.tomcat.internal.AcmeTlsProtocol;
import io.autotls.tomcat.internal.ChallengeAdapter;
import io.autotls.tomcat.internal.LiveSslContext;
import java.util.function.IntSupplier;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Service;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.net.SSLHostConfigCertificate.Type;
import org.jspecify.annotations.Nullable;

/**
 * Automatic HTTPS for a Tomcat.
 *
 * <pre>{@code
 * AutoTls tls = AutoTls.enable();
 * Tomcat tomcat = new Tomcat();
 * tomcat.addWebapp("", folder);
 * TomcatAutoTls.install(tomcat, tls);
 * tomcat.start();
 * }</pre>
 *
 * <p>This adds two connectors: HTTP, which answers the challenges of the CA and redirects
 * everything else to HTTPS, and HTTPS with HTTP/2, HTTP/1.1 and {@code acme-tls/1}. Certificates
 * change behind the HTTPS connector without a reload. Nothing is ordered before a connector
 * listens. Closing the {@code AutoTls} is the application's business, after it has stopped Tomcat.
 *
 * <p>An application that has connectors of its own attaches those: {@link #attachHttp}, {@link
 * #attachHttps}. Call everything before Tomcat starts, from one thread.
 */
public final class TomcatAutoTls {
  private static final String NIO = "org.apache.coyote.http11.Http11NioProtocol";
  private static final String ANY_HOST = "_default_";

  private final Connector http;
  private final Connector https;

  private TomcatAutoTls(Connector http, Connector https) {
    this.http = http;
    this.https = https;
  }

  /**
   * Adds both connectors, on the ports {@link AutoTls#httpPort()} and {@link AutoTls#httpsPort()}.
   */
  public static TomcatAutoTls install(Tomcat tomcat, AutoTls tls) {
    TomcatAutoTls installed = install(tomcat.getService(), tls);
    tomcat.setConnector(installed.https); // or Tomcat would add one on port 8080
    return installed;
  }

  /** Adds both connectors to a service. */
  public static TomcatAutoTls install(Service service, AutoTls tls) {
    Connector http = new Connector(NIO);
    http.setPort(tls.httpPort());
    Connector https = new Connector(NIO);
    https.setPort(tls.httpsPort());
    https.setSecure(true);
    https.setScheme("https");
    https.setProperty("SSLEnabled", "true");
    https.addUpgradeProtocol(new Http2Protocol());
    attachHttps(https, tls);
    front(http, tls, () -> https.getLocalPort() > 0 ? https.getLocalPort() : tls.httpsPort());
    service.addConnector(http);
    service.addConnector(https);
    return new TomcatAutoTls(http, https);
  }

  /**
   * Answers challenges on an HTTP connector of the application, before everything that it leads to;
   * the rest goes on to the application.
   */
  public static void attachHttp(Connector connector, AutoTls tls) {
    front(connector, tls, null);
  }

  private static void front(Connector connector, AutoTls tls, @Nullable IntSupplier redirectTo) {
    Http01Solver solver = tls.solver(Http01Solver.class).orElse(null);
    connector.addLifecycleListener(
        event -> {
          if (event.getType().equals(Lifecycle.AFTER_INIT_EVENT)
              && connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
            protocol.setAdapter(new ChallengeAdapter(protocol.getAdapter(), solver, redirectTo));
          }
        });
    if (solver != null) {
      follow(connector, solver.attach(describe(connector)));
    }
  }

  /**
   * Serves the certificates on an HTTPS connector of the application, with the protocols and
   * ciphers that its {@code SSLHostConfig} has; one is added if there is none. The connector has to
   * use NIO or NIO2 and JSSE.
   *
   * @throws IllegalArgumentException if it is no HTTP/1.1 connector
   */
  public static void attachHttps(Connector connector, AutoTls tls) {
    if (!(connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?>)) {
      throw new IllegalArgumentException("not an HTTP/1.1 connector: " + connector);
    }
    SSLHostConfig[] present = connector.findSslHostConfigs();
    if (present.length == 0) {
      SSLHostConfig config = new SSLHostConfig();
      config.setHostName(ANY_HOST);
      serve(config, tls);
      connector.addSslHostConfig(config);
    } else {
      for (SSLHostConfig config : present) {
        serve(config, tls);
      }
    }
    connector.addUpgradeProtocol(new AcmeTlsProtocol());
    tls.solver(TlsAlpn01Solver.class)
        .ifPresent(solver -> follow(connector, solver.attach(describe(connector))));
  }

  private static void serve(SSLHostConfig config, AutoTls tls) {
    SSLHostConfigCertificate certificate = new SSLHostConfigCertificate(config, Type.UNDEFINED);
    certificate.setSslContext(new LiveSslContext(tls.sslContext()));
    config.getCertificates().clear();
    config.addCertificate(certificate);
  }

  private static String describe(Connector connector) {
    return "Tomcat on port " + connector.getPort();
  }

  /** Tells the solver when the connector listens: nothing is ordered before. */
  private static void follow(Connector connector, Attachment attachment) {
    connector.addLifecycleListener(
        event -> {
          boolean started = connector.getState() == LifecycleState.STARTED;
          if (event.getType().equals(Lifecycle.AFTER_START_EVENT) && started) {
            attachment.listening();
          } else if (event.getType().equals(Lifecycle.BEFORE_STOP_EVENT)) {
            attachment.stopped();
          }
        });
  }

  /** The HTTP connector, to tune it. */
  public Connector httpConnector() {
    return http;
  }

  /** The HTTPS connector, to tune it. */
  public Connector httpsConnector() {
    return https;
  }
}

package io.autotls.tomcat;

import io.autotls.AutoTls;
import io.autotls.testing.AdaptedServer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.net.SSLHostConfig;

/** Tomcat with the adapter and an application that says hello. */
final class AdaptedTomcat implements AdaptedServer {
  private final Tomcat tomcat;
  private final AtomicInteger visits = new AtomicInteger();
  private final Connector http;
  private final Connector https;

  AdaptedTomcat(AutoTls tls, Path folder) {
    tomcat = newTomcat(folder);
    greet(folder);
    TomcatAutoTls installed = TomcatAutoTls.install(tomcat, tls);
    http = installed.httpConnector();
    https = installed.httpsConnector();
    http.setProperty("address", "127.0.0.1");
    https.setProperty("address", "127.0.0.1");
  }

  private AdaptedTomcat(Path folder, Connector own) {
    tomcat = newTomcat(folder);
    greet(folder);
    http = own;
    https = own;
    tomcat.getService().addConnector(own);
  }

  /** With one connector, for https, that the application has already. */
  static AdaptedTomcat withOwnConnector(AutoTls tls, Path folder, Connector own) {
    AdaptedTomcat adapted = new AdaptedTomcat(folder, own);
    TomcatAutoTls.attachHttps(own, tls);
    return adapted;
  }

  private void greet(Path folder) {
    Context application = tomcat.addContext("", folder.toString());
    Tomcat.addServlet(application, "hello", new Greeter(visits)).addMapping("/");
  }

  /** The settings for TLS of the connector for https. */
  SSLHostConfig hostConfig() {
    return https.findSslHostConfigs()[0];
  }

  /** One whose name no other has: its management beans would be in their way. */
  static Tomcat newTomcat(Path folder) {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(folder.toString());
    tomcat.getEngine().setName("Tomcat-" + UUID.randomUUID());
    return tomcat;
  }

  @Override
  public void start() throws Exception {
    tomcat.start();
  }

  @Override
  public void stop() throws Exception {
    tomcat.stop();
  }

  @Override
  public void end() throws Exception {
    release(tomcat);
  }

  /** Ends a Tomcat in whatever state it is: only that releases its ports. */
  static void release(Tomcat tomcat) throws Exception {
    LifecycleState state = tomcat.getServer().getState();
    if (state == LifecycleState.STARTED) {
      tomcat.stop();
    }
    if (state != LifecycleState.NEW && state != LifecycleState.DESTROYED) {
      tomcat.destroy();
    }
  }

  @Override
  public int httpPort() {
    return http.getLocalPort();
  }

  @Override
  public int httpsPort() {
    return https.getLocalPort();
  }

  @Override
  public int visits() {
    return visits.get();
  }

  private static final class Greeter extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient AtomicInteger visits;

    Greeter(AtomicInteger visits) {
      this.visits = visits;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      visits.incrementAndGet();
      response.getWriter().print("hello");
    }
  }
}

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
import org.apache.catalina.startup.Tomcat;

/** Tomcat with the adapter and an application that says hello. */
final class AdaptedTomcat implements AdaptedServer {
  private final Tomcat tomcat;
  private final AtomicInteger visits = new AtomicInteger();
  private final TomcatAutoTls installed;

  AdaptedTomcat(AutoTls tls, Path folder) {
    tomcat = newTomcat(folder);
    Context application = tomcat.addContext("", folder.toString());
    Tomcat.addServlet(application, "hello", new Greeter(visits)).addMapping("/");
    installed = TomcatAutoTls.install(tomcat, tls);
    installed.httpConnector().setProperty("address", "127.0.0.1");
    installed.httpsConnector().setProperty("address", "127.0.0.1");
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
    return installed.httpConnector().getLocalPort();
  }

  @Override
  public int httpsPort() {
    return installed.httpsConnector().getLocalPort();
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

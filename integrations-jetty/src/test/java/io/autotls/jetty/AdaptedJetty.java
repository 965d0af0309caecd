package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.testing.AdaptedServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/** Jetty with the adapter and an application that says hello. */
final class AdaptedJetty implements AdaptedServer {
  private final Server server = new Server();
  private final AtomicInteger visits = new AtomicInteger();
  private final JettyAutoTls jetty;

  AdaptedJetty(AutoTls tls) {
    jetty = JettyAutoTls.install(server, tls);
    jetty.httpConnector().setHost("127.0.0.1");
    jetty.httpsConnector().setHost("127.0.0.1");
    // After the adapter, which has to stay in front all the same.
    server.setHandler(new Greeter(visits));
  }

  @Override
  public void start() throws Exception {
    server.start();
  }

  @Override
  public void stop() throws Exception {
    server.stop();
  }

  @Override
  public void end() throws Exception {
    server.stop();
  }

  @Override
  public int httpPort() {
    return jetty.httpConnector().getLocalPort();
  }

  @Override
  public int httpsPort() {
    return jetty.httpsConnector().getLocalPort();
  }

  @Override
  public int visits() {
    return visits.get();
  }

  /** Says hello to everyone, and counts. */
  static final class Greeter extends Handler.Abstract {
    private final AtomicInteger visits;

    Greeter(AtomicInteger visits) {
      this.visits = visits;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      visits.incrementAndGet();
      Content.Sink.write(response, true, "hello", callback);
      return true;
    }
  }
}

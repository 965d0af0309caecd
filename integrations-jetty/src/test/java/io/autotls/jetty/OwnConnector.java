package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.testing.AdaptedServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty with a connector for https of its own, and an application that says hello. */
final class OwnConnector implements AdaptedServer {
  private final Server server = new Server();
  private final AtomicInteger visits = new AtomicInteger();
  private final ServerConnector connector;

  OwnConnector(AutoTls tls, SslContextFactory.Server context) {
    connector =
        new ServerConnector(
            server, new SslConnectionFactory(context, "http/1.1"), new HttpConnectionFactory());
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    JettyAutoTls.attachHttps(connector, tls);
    server.setHandler(new AdaptedJetty.Greeter(visits));
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
    throw new UnsupportedOperationException("there is https only");
  }

  @Override
  public int httpsPort() {
    return connector.getLocalPort();
  }

  @Override
  public int visits() {
    return visits.get();
  }
}

package io.autotls.examples.quickstart;

import io.autotls.AutoTls;
import io.autotls.examples.Walkthrough;
import io.autotls.jetty.JettyAutoTls;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/**
 * An application on Jetty that gets, serves and renews its own certificate. {@link #start} is all
 * that an application needs; the rest shows that it works.
 */
public final class Quickstart {
  private Quickstart() {}

  public static void main(String[] args) throws Exception {
    new Walkthrough(System.out).run(args, Quickstart::start);
  }

  private static Walkthrough.Running start(AutoTls tls) throws Exception {
    Server server = new Server();
    server.setHandler(new Hello());
    JettyAutoTls.install(server, tls);
    server.start();
    return server::stop;
  }

  private static final class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Content.Sink.write(response, true, "Hello over HTTPS\n", callback);
      return true;
    }
  }
}

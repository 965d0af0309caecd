package io.autotls.jetty;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.ChallengeSolver;
import io.autotls.testing.ServerAdapterContract;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

class JettyAutoTlsTest extends ServerAdapterContract {
  @Override
  protected Running start(AutoTls tls) throws Exception {
    Server server = new Server();
    JettyAutoTls.install(server, tls);
    server.setHandler(
        new Application()); // after the adapter, which has to stay in front all the same
    server.start();
    return server::stop;
  }

  @Override
  protected ChallengeSolver solver(String type) {
    return type.equals(Http01Solver.TYPE) ? Http01Solver.embedded() : TlsAlpn01Solver.create();
  }

  private static final class Application extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Content.Sink.write(response, true, "hello", callback);
      return true;
    }
  }
}

package io.autotls.tomcat;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.ChallengeSolver;
import io.autotls.testing.ServerAdapterContract;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.io.TempDir;

class TomcatAutoTlsTest extends ServerAdapterContract {
  @TempDir private Path folder;

  @Override
  protected Running start(AutoTls tls) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(folder.toString());
    Context application = tomcat.addContext("", folder.toString());
    Tomcat.addServlet(application, "hello", new Application()).addMapping("/");
    TomcatAutoTls installed = TomcatAutoTls.install(tomcat, tls);
    failWhenAPortIsTaken(installed.httpConnector());
    failWhenAPortIsTaken(installed.httpsConnector());
    try {
      tomcat.start();
    } catch (Exception e) {
      tomcat.destroy();
      throw e;
    }
    return () -> {
      tomcat.stop();
      tomcat.destroy();
    };
  }

  private static void failWhenAPortIsTaken(Connector connector) {
    connector.setThrowOnFailure(true);
  }

  @Override
  protected ChallengeSolver solver(String type) {
    return type.equals(Http01Solver.TYPE) ? Http01Solver.embedded() : TlsAlpn01Solver.create();
  }

  private static final class Application extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().print("hello");
    }
  }
}

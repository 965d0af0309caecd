package io.autotls.testing.chaos;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.autotls.AutoTls;
import io.autotls.jetty.JettyAutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.tomcat.TomcatAutoTls;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/** The servers that a node may have. */
enum ServerKind {
  /** Jetty, by its adapter: HTTP-01 and TLS-ALPN-01. */
  JETTY {
    @Override
    Running start(AutoTls tls) throws Exception {
      Server server = new Server();
      server.setHandler(
          new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
              Content.Sink.write(response, true, HELLO, callback);
              return true;
            }
          });
      JettyAutoTls.install(server, tls);
      server.start();
      return server::stop;
    }
  },

  /** Tomcat, by its adapter: HTTP-01 and TLS-ALPN-01. */
  TOMCAT {
    @Override
    Running start(AutoTls tls) throws Exception {
      Path folder = Files.createTempDirectory(Path.of(""), "tomcat").toAbsolutePath();
      Tomcat tomcat = new Tomcat();
      tomcat.setBaseDir(folder.toString());
      Context application = tomcat.addContext("", folder.toString());
      Tomcat.addServlet(application, "hello", new HelloServlet()).addMapping("/");
      TomcatAutoTls.install(tomcat, tls);
      tomcat.start();
      return () -> {
        tomcat.stop();
        tomcat.destroy();
      };
    }
  },

  /**
   * The JDK's own server with our {@code SSLContext}, and beside it the listener of our HTTP-01
   * solver, which is there long before the server is.
   */
  JDK {
    @Override
    Running start(AutoTls tls) throws Exception {
      HttpsServer server = HttpsServer.create(new InetSocketAddress(tls.httpsPort()), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls.sslContext()));
      server.createContext(
          "/",
          exchange -> {
            byte[] body = HELLO.getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            try (var out = exchange.getResponseBody()) {
              out.write(body);
            }
          });
      ExecutorService threads = Executors.newCachedThreadPool();
      server.setExecutor(threads);
      server.start();
      return () -> {
        server.stop(0);
        threads.shutdownNow();
      };
    }

    @Override
    void configure(AutoTls.Builder builder, int httpPort) {
      builder.solver(Http01Solver.listening(httpPort));
    }

    @Override
    boolean answersTlsAlpn() {
      return false;
    }
  };

  private static final String HELLO = "Hello over HTTPS\n";

  /** A server, while it runs. */
  @FunctionalInterface
  interface Running {
    void stop() throws Exception;
  }

  /** Starts a server that says hello; returns when it listens. */
  abstract Running start(AutoTls tls) throws Exception;

  /** Brings the solvers along, where those on the class path will not do. */
  void configure(AutoTls.Builder builder, int httpPort) {}

  boolean answersTlsAlpn() {
    return true;
  }

  private static final class HelloServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().print(HELLO);
    }
  }
}

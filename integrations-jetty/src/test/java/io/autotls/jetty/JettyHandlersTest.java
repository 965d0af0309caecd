package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import io.autotls.testing.TestAutoTls;
import io.autotls.testing.Visitor;
import java.io.IOException;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Challenges are answered whatever handlers the application sets, and whenever it does. */
class JettyHandlersTest {
  private static final Challenge CHALLENGE =
      Challenge.builder("http-01", "example.com").token("token", "token.thumbprint").build();

  private final Http01Solver solver = Http01Solver.embedded();
  private final AutoTls tls = TestAutoTls.with(solver);
  private final Server server = new Server();

  @BeforeEach
  void letNobodyIn() {
    server.setHandler(new Gatekeeper());
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    tls.close();
  }

  @Test
  void handlerThatIsSetAfterTheInstallationHidesNoChallenge() throws Exception {
    JettyAutoTls jetty = install();
    server.setHandler(new Gatekeeper());
    server.start();
    solver.present(List.of(CHALLENGE));

    assertThat(challenge(jetty.httpConnector())).startsWith("HTTP/1.1 200");
  }

  @Test
  void handlerThatIsSetBetweenTwoStartsHidesNoChallenge() throws Exception {
    JettyAutoTls jetty = install();
    server.start();
    server.stop();
    server.setHandler(new Handler.Wrapper(server.getHandler()));
    server.start();
    solver.present(List.of(CHALLENGE));

    assertThat(challenge(jetty.httpConnector())).startsWith("HTTP/1.1 200");
  }

  @Test
  void serverWithoutHandlerAnswersChallenges() throws Exception {
    server.setHandler((Handler) null);
    JettyAutoTls jetty = install();
    server.start();
    solver.present(List.of(CHALLENGE));

    assertThat(challenge(jetty.httpConnector())).startsWith("HTTP/1.1 200");
  }

  @Test
  void connectorOfTheApplicationAnswersChallengesAndKeepsTheRest() throws Exception {
    ServerConnector own = new ServerConnector(server);
    own.setHost("127.0.0.1");
    server.addConnector(own);
    JettyAutoTls.attachHttp(own, tls);
    server.start();
    solver.present(List.of(CHALLENGE));

    assertThat(challenge(own)).startsWith("HTTP/1.1 200");
    assertThat(Visitor.plain(own.getLocalPort(), "GET", "example.com", "/"))
        .startsWith("HTTP/1.1 401");
  }

  @Test
  void solverIsNotReadyBeforeTheApplicationHasStarted() throws Exception {
    ReadinessAtStart application = new ReadinessAtStart(solver);
    server.setHandler(application);
    install();

    server.start();

    assertThat(application.readiness).isInstanceOf(Readiness.NotReady.class);
  }

  @Test
  void applicationAnswersWhatItExceptsFromTheRedirect() throws Exception {
    JettyAutoTls jetty = install().doNotRedirect(request -> request.path().startsWith("/health"));
    server.start();
    int port = jetty.httpConnector().getLocalPort();
    solver.present(List.of(CHALLENGE));

    assertThat(Visitor.plain(port, "GET", "example.com", "/health")).startsWith("HTTP/1.1 401");
    assertThat(Visitor.plain(port, "GET", "example.com", "/other")).startsWith("HTTP/1.1 301");
    assertThat(challenge(jetty.httpConnector())).startsWith("HTTP/1.1 200");
    // What Jetty would have refused on a port of the application.
    assertThat(Visitor.plain(port, "GET", "example.com", "/health/..%2fadmin"))
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void runningServerIsRefused() throws Exception {
    server.start();

    assertThatThrownBy(() -> JettyAutoTls.install(server, tls))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before server.start()");
  }

  private JettyAutoTls install() {
    JettyAutoTls jetty = JettyAutoTls.install(server, tls);
    jetty.httpConnector().setHost("127.0.0.1");
    jetty.httpsConnector().setHost("127.0.0.1");
    return jetty;
  }

  private static String challenge(ServerConnector connector) throws IOException {
    return Visitor.plain(
        connector.getLocalPort(), "GET", "example.com", "/.well-known/acme-challenge/token");
  }

  /** An application that lets nobody in. */
  private static final class Gatekeeper extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      response.setStatus(401);
      callback.succeeded();
      return true;
    }
  }

  /** An application that looks at the solver when it starts. */
  private static final class ReadinessAtStart extends Handler.Wrapper {
    private final Http01Solver solver;
    private volatile Readiness readiness;

    ReadinessAtStart(Http01Solver solver) {
      this.solver = solver;
    }

    @Override
    protected void doStart() throws Exception {
      readiness = solver.readiness();
      super.doStart();
    }
  }
}

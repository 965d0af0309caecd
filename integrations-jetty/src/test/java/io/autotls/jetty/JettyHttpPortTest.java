package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JettyHttpPortTest {
  private static final Challenge CHALLENGE =
      new Challenge("http-01", "example.com", false, "token", "token.thumbprint");

  private final Http01Solver solver = Http01Solver.embedded();
  private final AutoTls tls = TestAutoTls.with(solver);
  private final Visitor visitor = new Visitor();
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
  @Tag("C10")
  void challengeIsAnsweredWithItsKeyAuthorization() throws Exception {
    int port = start();
    solver.present(CHALLENGE);

    try (Response response = visitor.get(challengeUrl(port, "token"))) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.body().string()).isEqualTo("token.thumbprint");
      assertThat(response.header("Content-Length")).isEqualTo("16");
    }
  }

  @Test
  @Tag("FT43")
  void headOfAChallengeHasNoBody() throws Exception {
    int port = start();
    solver.present(CHALLENGE);

    Request head = new Request.Builder().url(challengeUrl(port, "token")).head().build();
    try (Response response = visitor.send(head)) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.body().string()).isEmpty();
    }
  }

  @Test
  @Tag("C10")
  @Tag("FT43")
  void unknownTokenIsNotFound() throws Exception {
    int port = start();

    try (Response response = visitor.get(challengeUrl(port, "unknown"))) {
      assertThat(response.code()).isEqualTo(404);
      assertThat(response.body().string()).doesNotContain("unknown");
    }
  }

  @Test
  @Tag("C6")
  void challengeIsGoneAfterCleanUp() throws Exception {
    int port = start();
    solver.present(CHALLENGE);
    solver.cleanUp(CHALLENGE);

    try (Response response = visitor.get(challengeUrl(port, "token"))) {
      assertThat(response.code()).isEqualTo(404);
    }
  }

  @Test
  void everythingElseIsRedirectedToTheSamePlaceOnHttps() throws Exception {
    JettyAutoTls jetty = install();
    server.start();
    int http = jetty.httpConnector().getLocalPort();
    int https = jetty.httpsConnector().getLocalPort();

    try (Response response = visitor.get(url(http, "/a%20b/c%2Fd;e?x=1&y=%20"))) {
      assertThat(response.code()).isEqualTo(301);
      assertThat(response.header("Location"))
          .isEqualTo("https://example.com:" + https + "/a%20b/c%2Fd;e?x=1&y=%20");
    }
  }

  @Test
  void postIsRedirectedAsPost() throws Exception {
    int port = start();

    Request post =
        new Request.Builder().url(url(port, "/form")).post(RequestBody.create("a=b", null)).build();
    try (Response response = visitor.send(post)) {
      assertThat(response.code()).isEqualTo(308);
    }
  }

  @Test
  void theApplicationSeesNothingOfTheHttpPort() throws Exception {
    int port = start();

    visitor.get(url(port, "/")).close();
    visitor.get(challengeUrl(port, "unknown")).close();

    assertThat(((Gatekeeper) application()).visits).isZero();
  }

  @Test
  @Tag("C10")
  @Tag("FT43")
  void handlerThatIsSetAfterTheInstallationHidesNoChallenge() throws Exception {
    JettyAutoTls jetty = install();
    server.setHandler(new Gatekeeper());
    server.start();
    solver.present(CHALLENGE);

    try (Response response =
        visitor.get(challengeUrl(jetty.httpConnector().getLocalPort(), "token"))) {
      assertThat(response.code()).isEqualTo(200);
    }
  }

  @Test
  void handlerThatIsSetBetweenTwoStartsHidesNoChallenge() throws Exception {
    JettyAutoTls jetty = install();
    server.start();
    server.stop();
    server.setHandler(new Handler.Wrapper(server.getHandler()));
    server.start();
    solver.present(CHALLENGE);

    try (Response response =
        visitor.get(challengeUrl(jetty.httpConnector().getLocalPort(), "token"))) {
      assertThat(response.code()).isEqualTo(200);
    }
  }

  @Test
  void serverWithoutHandlerAnswersChallenges() throws Exception {
    server.setHandler((Handler) null);
    int port = start();
    solver.present(CHALLENGE);

    try (Response response = visitor.get(challengeUrl(port, "token"))) {
      assertThat(response.code()).isEqualTo(200);
    }
  }

  @Test
  void withoutHttp01EverythingIsRedirected() throws Exception {
    try (AutoTls other = TestAutoTls.with(TlsAlpn01Solver.create())) {
      JettyAutoTls jetty = JettyAutoTls.install(server, other);
      jetty.httpConnector().setHost("127.0.0.1");
      jetty.httpsConnector().setHost("127.0.0.1");
      server.start();

      try (Response response =
          visitor.get(challengeUrl(jetty.httpConnector().getLocalPort(), "token"))) {
        assertThat(response.code()).isEqualTo(301);
      }
    }
  }

  @Test
  @Tag("FT43")
  void connectorOfTheApplicationAnswersChallengesAndKeepsTheRest() throws Exception {
    ServerConnector own = new ServerConnector(server);
    own.setHost("127.0.0.1");
    server.addConnector(own);
    JettyAutoTls.attachHttp(own, tls);
    server.start();
    solver.present(CHALLENGE);

    try (Response response = visitor.get(challengeUrl(own.getLocalPort(), "token"))) {
      assertThat(response.code()).isEqualTo(200);
    }
    try (Response response = visitor.get(url(own.getLocalPort(), "/"))) {
      assertThat(response.code()).isEqualTo(401);
    }
  }

  @Test
  void solverIsReadyWhileTheServerRuns() throws Exception {
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    install();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    server.start();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());

    server.stop();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    server.start();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());
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
  void portInUseFailsTheStartAndNothingIsReady() throws Exception {
    JettyAutoTls jetty = install();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      jetty.httpConnector().setPort(taken.getLocalPort());

      assertThatThrownBy(server::start)
          .isInstanceOf(IOException.class)
          .hasRootCauseInstanceOf(BindException.class);
      assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    }
  }

  @Test
  void runningServerIsRefused() throws Exception {
    server.start();

    assertThatThrownBy(() -> JettyAutoTls.install(server, tls))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before server.start()");
  }

  private int start() throws Exception {
    JettyAutoTls jetty = install();
    server.start();
    return jetty.httpConnector().getLocalPort();
  }

  private JettyAutoTls install() {
    JettyAutoTls jetty = JettyAutoTls.install(server, tls);
    jetty.httpConnector().setHost("127.0.0.1");
    jetty.httpsConnector().setHost("127.0.0.1");
    return jetty;
  }

  private Handler application() {
    return ((Handler.Singleton) server.getHandler()).getHandler();
  }

  private static String url(int port, String target) {
    return "http://example.com:" + port + target;
  }

  private static String challengeUrl(int port, String token) {
    return url(port, "/.well-known/acme-challenge/" + token);
  }

  /** An application that lets nobody in. */
  private static final class Gatekeeper extends Handler.Abstract {
    private volatile int visits;

    @Override
    public boolean handle(
        org.eclipse.jetty.server.Request request,
        org.eclipse.jetty.server.Response response,
        Callback callback) {
      visits++;
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

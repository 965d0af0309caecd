package io.autotls.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TomcatHttpPortTest {
  private static final Challenge CHALLENGE =
      new Challenge("http-01", "example.com", false, "token", "token.thumbprint");

  private final Http01Solver solver = Http01Solver.embedded();
  private final AutoTls tls = TestAutoTls.with(solver);
  private final Visitor visitor = new Visitor();
  private final Tomcat tomcat = new Tomcat();
  private final Gatekeeper gatekeeper = new Gatekeeper();

  @BeforeEach
  void letNobodyIn(@TempDir Path folder) {
    tomcat.setBaseDir(folder.toString());
    tomcat.getEngine().getPipeline().addValve(gatekeeper);
  }

  @AfterEach
  void stop() throws Exception {
    if (tomcat.getServer().getState() != LifecycleState.NEW) {
      tomcat.stop();
      tomcat.destroy();
    }
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
  void everythingElseIsRedirectedToTheSamePlaceOnHttps() throws Exception {
    TomcatAutoTls installed = install();
    tomcat.start();
    int http = installed.httpConnector().getLocalPort();
    int https = installed.httpsConnector().getLocalPort();

    try (Response response = visitor.get(url(http, "/a%20b/c%2Fd;e?x=1&y=%20"))) {
      assertThat(response.code()).isEqualTo(301);
      assertThat(response.header("Location"))
          .isEqualTo("https://example.com:" + https + "/a%20b/c%2Fd;e?x=1&y=%20");
    }
    try (Response response = visitor.get(url(http, "/plain"))) {
      assertThat(response.header("Location")).isEqualTo("https://example.com:" + https + "/plain");
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
  void connectionServesSeveralRequests() throws Exception {
    int port = start();
    solver.present(CHALLENGE);
    String twice =
        "GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: example.com\r\n\r\n"
            + "GET /next HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n";

    assertThat(Visitor.say(port, twice))
        .startsWith("HTTP/1.1 200")
        .contains("token.thumbprint")
        .contains("HTTP/1.1 301");
  }

  @Test
  void theApplicationSeesNothingOfTheHttpPort() throws Exception {
    int port = start();

    visitor.get(url(port, "/")).close();
    visitor.get(challengeUrl(port, "unknown")).close();

    assertThat(gatekeeper.visits).isZero();
  }

  @Test
  void challengesAreAnsweredAfterASecondStart() throws Exception {
    TomcatAutoTls installed = install();
    tomcat.start();
    tomcat.stop();
    tomcat.start();
    solver.present(CHALLENGE);

    try (Response response =
        visitor.get(challengeUrl(installed.httpConnector().getLocalPort(), "token"))) {
      assertThat(response.code()).isEqualTo(200);
    }
  }

  @Test
  void withoutHttp01EverythingIsRedirected() throws Exception {
    try (AutoTls other = TestAutoTls.with(TlsAlpn01Solver.create())) {
      TomcatAutoTls installed = onLoopback(TomcatAutoTls.install(tomcat, other));
      tomcat.start();

      try (Response response =
          visitor.get(challengeUrl(installed.httpConnector().getLocalPort(), "token"))) {
        assertThat(response.code()).isEqualTo(301);
      }
    }
  }

  @Test
  @Tag("FT43")
  void connectorOfTheApplicationAnswersChallengesAndKeepsTheRest() throws Exception {
    Connector own = new Connector();
    own.setPort(0);
    own.setProperty("address", "127.0.0.1");
    tomcat.getService().addConnector(own);
    TomcatAutoTls.attachHttp(own, tls);
    tomcat.start();
    solver.present(CHALLENGE);

    try (Response response = visitor.get(challengeUrl(own.getLocalPort(), "token"))) {
      assertThat(response.code()).isEqualTo(200);
    }
    try (Response response = visitor.get(url(own.getLocalPort(), "/"))) {
      assertThat(response.code()).isEqualTo(401);
    }
  }

  @Test
  void solverIsReadyWhileTomcatRuns() throws Exception {
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    install();
    tomcat.init();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    tomcat.start();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());

    tomcat.stop();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    tomcat.start();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());
  }

  @Test
  void portInUseFailsTheStartAndNothingIsReady() throws Exception {
    TomcatAutoTls installed = install();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      installed.httpConnector().setPort(taken.getLocalPort());

      assertThatThrownBy(tomcat::start)
          .isInstanceOf(LifecycleException.class)
          .hasRootCauseInstanceOf(BindException.class);
      assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    }
  }

  @Test
  void runningTomcatIsRefused() throws Exception {
    tomcat.start();

    assertThatThrownBy(() -> TomcatAutoTls.install(tomcat, tls))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before tomcat.start()");
  }

  private int start() throws Exception {
    TomcatAutoTls installed = install();
    tomcat.start();
    return installed.httpConnector().getLocalPort();
  }

  private TomcatAutoTls install() {
    return onLoopback(TomcatAutoTls.install(tomcat, tls));
  }

  private static TomcatAutoTls onLoopback(TomcatAutoTls installed) {
    installed.httpConnector().setProperty("address", "127.0.0.1");
    installed.httpsConnector().setProperty("address", "127.0.0.1");
    return installed;
  }

  private static String url(int port, String target) {
    return "http://example.com:" + port + target;
  }

  private static String challengeUrl(int port, String token) {
    return url(port, "/.well-known/acme-challenge/" + token);
  }

  /** A valve that lets nobody in. */
  private static final class Gatekeeper extends ValveBase {
    private volatile int visits;

    @Override
    public void invoke(
        org.apache.catalina.connector.Request request,
        org.apache.catalina.connector.Response response) {
      visits++;
      response.setStatus(401);
    }
  }
}

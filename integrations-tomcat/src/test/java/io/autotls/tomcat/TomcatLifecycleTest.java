package io.autotls.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.solver.http.Http01Solver;
import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import io.autotls.testing.TestAutoTls;
import io.autotls.testing.Visitor;
import java.nio.file.Path;
import java.util.List;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TomcatLifecycleTest {
  private static final Challenge CHALLENGE =
      Challenge.builder("http-01", "example.com").token("token", "token.thumbprint").build();

  private final Http01Solver solver = Http01Solver.embedded();
  private final AutoTls tls = TestAutoTls.with(solver);
  private Tomcat tomcat;

  @BeforeEach
  void letNobodyIn(@TempDir Path folder) {
    tomcat = AdaptedTomcat.newTomcat(folder);
    tomcat.getEngine().getPipeline().addValve(new Gatekeeper());
  }

  @AfterEach
  void stop() throws Exception {
    AdaptedTomcat.release(tomcat);
    tls.close();
  }

  @Test
  void connectorOfTheApplicationAnswersChallengesAndKeepsTheRest() throws Exception {
    Connector own = new Connector();
    own.setPort(0);
    own.setProperty("address", "127.0.0.1");
    tomcat.getService().addConnector(own);
    TomcatAutoTls.attachHttp(own, tls);
    tomcat.start();
    solver.present(List.of(CHALLENGE));
    int port = own.getLocalPort();

    assertThat(Visitor.plain(port, "GET", "example.com", "/.well-known/acme-challenge/token"))
        .startsWith("HTTP/1.1 200")
        .endsWith("token.thumbprint");
    assertThat(Visitor.plain(port, "GET", "example.com", "/")).startsWith("HTTP/1.1 401");
  }

  @Test
  void solverIsNotReadyWhileThePortIsBoundButNobodyAccepts() throws Exception {
    TomcatAutoTls installed = TomcatAutoTls.install(tomcat, tls);
    installed.httpConnector().setProperty("address", "127.0.0.1");
    installed.httpsConnector().setProperty("address", "127.0.0.1");

    tomcat.init();

    assertThat(installed.httpConnector().getLocalPort()).isPositive();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
  }

  @Test
  void applicationAnswersWhatItExceptsFromTheRedirect() throws Exception {
    int port = startInstalled();
    solver.present(List.of(CHALLENGE));

    assertThat(Visitor.plain(port, "GET", "example.com", "/health")).startsWith("HTTP/1.1 401");
    assertThat(Visitor.plain(port, "GET", "example.com", "/other")).startsWith("HTTP/1.1 301");
    assertThat(Visitor.plain(port, "GET", "example.com", "/.well-known/acme-challenge/token"))
        .startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1, 'Host: a.example;Host: b.example', 400",
    "GET http://other.example/ HTTP/1.1, Host: a.example, 400",
    "GET / HTTP/1.1, X: y, 400",
    "GET / HTTP/1.1, 'Host: a.example;Transfer-Encoding: chunked;Transfer-Encoding: xchunked', 400",
    "GET / HTTP/3.3, Host: a.example, 505",
    "GET / HTTP/1.1, Host: a.example, 301",
  })
  void whatTomcatRefusesIsNotRedirected(String request, String headers, int status)
      throws Exception {
    int port = startInstalled();

    String text = request + "\r\n" + headers.replace(";", "\r\n") + "\r\nConnection: close\r\n\r\n";

    assertThat(Visitor.say(port, text)).startsWith("HTTP/1.1 " + status);
  }

  private int startInstalled() throws Exception {
    TomcatAutoTls installed =
        TomcatAutoTls.install(tomcat, tls)
            .doNotRedirect(request -> request.path().equals("/health"));
    installed.httpConnector().setProperty("address", "127.0.0.1");
    installed.httpsConnector().setProperty("address", "127.0.0.1");
    tomcat.start();
    return installed.httpConnector().getLocalPort();
  }

  @Test
  void runningTomcatIsRefused() throws Exception {
    tomcat.start();

    assertThatThrownBy(() -> TomcatAutoTls.install(tomcat, tls))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before tomcat.start()");
  }

  /** A valve that lets nobody in. */
  private static final class Gatekeeper extends ValveBase {
    @Override
    public void invoke(Request request, Response response) {
      response.setStatus(401);
    }
  }
}

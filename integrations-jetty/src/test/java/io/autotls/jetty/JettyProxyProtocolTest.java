package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.Challenge;
import io.autotls.testing.Hello;
import io.autotls.testing.TestAutoTls;
import io.autotls.testing.TestCertificates;
import io.autotls.testing.Visitor;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A load balancer that passes TLS on, and says before it who came to which of its addresses. */
class JettyProxyProtocolTest {
  private static final String LINE = "PROXY TCP4 198.51.100.7 192.0.2.1 40000 443\r\n";

  private final TlsAlpn01Solver solver = TlsAlpn01Solver.create();
  private final Keyring keyring = new Keyring();
  private final AutoTls tls = TestAutoTls.with(keyring, solver);
  private final Server server = new Server();
  private final JettyAutoTls installed = JettyAutoTls.install(server, tls);
  private final Visitor visitor = Visitor.curious().behindProxy(LINE);
  private final BlockingQueue<String> addresses = new LinkedBlockingQueue<>();
  private final Credential certificate = TestCertificates.ec("first", TestAutoTls.NAME);

  @BeforeEach
  void start() throws Exception {
    TestAutoTls.serve(keyring, certificate);
    installed.httpConnector().addFirstConnectionFactory(new ProxyConnectionFactory());
    installed.httpsConnector().addFirstConnectionFactory(new ProxyConnectionFactory());
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            addresses.add(Request.getRemoteAddr(request));
            Content.Sink.write(response, true, "hello", callback);
            return true;
          }
        });
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    tls.close();
  }

  @Test
  void theApplicationSeesTheVisitorsAddress() throws Exception {
    Visitor.Handshake visit = visitor.handshake(port(), Hello.tls13(TestAutoTls.NAME, "http/1.1"));

    assertThat(visit.data()).endsWith("hello");
    assertThat(addresses.take()).isEqualTo("198.51.100.7");
  }

  @Test
  void theCaIsAnswered() throws Exception {
    solver.present(
        List.of(
            Challenge.builder("tls-alpn-01", TestAutoTls.NAME)
                .token("token", "token.thumbprint")
                .build()));

    Visitor.Handshake validation =
        visitor.handshake(port(), Hello.tls13(TestAutoTls.NAME, "acme-tls/1"));

    assertThat(validation.protocol()).isEqualTo("acme-tls/1");
    assertThat(validation.leaf()).isNotEqualTo(certificate.leaf());
  }

  @Test
  void whoNamesNoHostGetsTheCertificateOfTheAddressThatTheLoadBalancerWasAskedAt()
      throws Exception {
    Credential other = TestCertificates.ec("other", "192.0.2.9");
    Credential asked = TestCertificates.ec("asked", "192.0.2.1");
    keyring.install("other", List.of("192.0.2.9"), other);
    keyring.install("asked", List.of("192.0.2.1"), asked);

    assertThat(visitor.handshake(port(), Hello.tls13(null, "http/1.1")).leaf())
        .isEqualTo(asked.leaf());
  }

  private int port() {
    return installed.httpsConnector().getLocalPort();
  }
}

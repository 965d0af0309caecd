package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.Challenge;
import io.autotls.testing.Browser;
import io.autotls.testing.Browser.Answer;
import io.autotls.testing.Hello;
import io.autotls.testing.TestAutoTls;
import io.autotls.testing.TestCertificates;
import io.autotls.testing.Visitor;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.io.IOException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connectors for https that the application has already. */
@Order(3)
class JettyOwnConnectorTest {
  private static final String ACME_TLS = "acme-tls/1";

  private final Challenge challenge =
      Challenge.builder("tls-alpn-01", "example.com").token("token", "token.thumbprint").build();
  private final TlsAlpn01Solver solver = TlsAlpn01Solver.create();
  private final Keyring keyring = new Keyring();
  private final AutoTls tls = TestAutoTls.with(keyring, solver);
  private final Visitor visitor = Visitor.curious();
  private final Server server = new Server();
  private final Credential first = TestCertificates.ec("first", "example.com");

  @BeforeEach
  void serveSomething() {
    TestAutoTls.serve(keyring, first);
    server.setHandler(new AdaptedJetty.Greeter(new AtomicInteger()));
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    tls.close();
  }

  @Test
  void clientCertificatesAreAskedForWithJettysTrustStore() throws Exception {
    Credential known = TestCertificates.ec("known", "client.example");
    SslContextFactory.Server context = JettyAutoTls.sslContextFactory(tls);
    context.setNeedClientAuth(true);
    context.setTrustStore(trusting(known));
    int port = startOwnConnector(context);
    Hello hello = Hello.tls12("example.com", "http/1.1");

    assertThat(visitor.showing(known).handshake(port, hello).leaf()).isEqualTo(leaf(first));
    assertThatThrownBy(() -> visitor.handshake(port, hello)).isInstanceOf(IOException.class);

    // A CA has no certificate to show, and is not asked; who only claims to be one is.
    solver.present(List.of(challenge));
    assertThat(visitor.handshake(port, Hello.tls12("example.com", ACME_TLS)).protocol())
        .isEqualTo(ACME_TLS);
    assertThatThrownBy(
            () -> visitor.handshake(port, Hello.tls12("example.com", ACME_TLS, "http/1.1")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void itsSettingsAreKept() throws Exception {
    SslContextFactory.Server context = new SslContextFactory.Server();
    context.setIncludeProtocols("TLSv1.2");
    context.setIncludeCipherSuites("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    int port = startOwnConnector(context);
    solver.present(List.of(challenge));

    assertThat(visitor.handshake(port, Hello.tls12("example.com")).leaf()).isEqualTo(leaf(first));
    assertThat(visitor.handshake(port, Hello.tls12("example.com", ACME_TLS)).leaf())
        .isNotEqualTo(leaf(first));
    assertThatThrownBy(() -> visitor.handshake(port, Hello.tls13("example.com")))
        .isInstanceOf(SSLException.class);
    try (Browser browser = Browser.open()) {
      Answer answer = browser.get("https://example.com:" + port + "/");
      assertThat(answer.cipherSuite()).isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
      assertThat(answer.body()).isEqualTo("hello");
    }
  }

  @Test
  @Tag("PD59")
  void itsSettingsOutliveAHundredCertificates() throws Exception {
    Credential known = TestCertificates.ec("known", "client.example");
    SslContextFactory.Server context = JettyAutoTls.sslContextFactory(tls);
    context.setIncludeProtocols("TLSv1.2");
    context.setIncludeCipherSuites("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    context.setNeedClientAuth(true);
    context.setTrustStore(trusting(known));
    int port = startOwnConnector(context);
    List<Credential> generations = List.of(TestCertificates.ec("second", "example.com"), first);
    Visitor welcome = visitor.showing(known);
    Hello hello = Hello.tls12("example.com", "http/1.1");

    for (int swap = 0; swap < 100; swap++) {
      Credential renewed = generations.get(swap % 2);
      TestAutoTls.serve(keyring, renewed);
      assertThat(welcome.handshake(port, hello).leaf()).isEqualTo(leaf(renewed));
    }

    assertThatThrownBy(() -> visitor.handshake(port, hello)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> welcome.handshake(port, Hello.tls13("example.com")))
        .isInstanceOf(SSLException.class);
    TestAutoTls.serve(
        keyring, TestCertificates.rsa("rsa", "example.com")); // no cipher for it is on
    assertThatThrownBy(() -> welcome.handshake(port, hello)).isInstanceOf(SSLException.class);
  }

  private static KeyStore trusting(Credential known) throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("known", leaf(known));
    return trust;
  }

  @ParameterizedTest
  @EnumSource
  void tlsAndPlainHttpAreServedOnOnePort(Listed listed) throws Exception {
    HttpConnectionFactory http = new HttpConnectionFactory();
    SslConnectionFactory ssl =
        new SslConnectionFactory(JettyAutoTls.sslContextFactory(tls), http.getProtocol());
    DetectorConnectionFactory detector = new DetectorConnectionFactory(ssl);
    int port =
        switch (listed) {
          case DETECTED_ONLY -> startAttached(detector, http);
          case AFTER_HTTP_TOO -> startAttached(detector, http, ssl);
        };
    solver.present(List.of(challenge));

    assertThat(visitor.handshake(port, Hello.tls13("example.com", ACME_TLS)).leaf())
        .isNotEqualTo(leaf(first));
    assertThat(Visitor.plain(port, "GET", "example.com", "/"))
        .startsWith("HTTP/1.1 200")
        .endsWith("hello");
    try (Browser browser = Browser.open()) {
      assertThat(browser.get("https://example.com:" + port + "/").body()).isEqualTo("hello");
    }
  }

  /** Where the factory for TLS is. */
  enum Listed {
    DETECTED_ONLY,
    AFTER_HTTP_TOO
  }

  @Test
  void detectionOfTlsInAWayOfItsOwnIsRefused() {
    SslConnectionFactory ssl = new SslConnectionFactory(new SslContextFactory.Server(), "http/1.1");
    ServerConnector own =
        new ServerConnector(
            server, new DetectorConnectionFactory(ssl) {}, new HttpConnectionFactory());

    assertThatThrownBy(() -> JettyAutoTls.attachHttps(own, tls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in a way of its own");
  }

  @Test
  void oneWithoutTlsIsRefused() {
    ServerConnector plain = new ServerConnector(server);

    assertThatThrownBy(() -> JettyAutoTls.attachHttps(plain, tls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no SslConnectionFactory");
  }

  private int startOwnConnector(SslContextFactory.Server context) throws Exception {
    return startAttached(
        new SslConnectionFactory(context, "http/1.1"), new HttpConnectionFactory());
  }

  private int startAttached(ConnectionFactory... factories) throws Exception {
    ServerConnector own = new ServerConnector(server, factories);
    own.setHost("127.0.0.1");
    server.addConnector(own);
    JettyAutoTls.attachHttps(own, tls);
    server.start();
    return own.getLocalPort();
  }

  private static X509Certificate leaf(Credential credential) {
    return credential.chain().get(0);
  }
}

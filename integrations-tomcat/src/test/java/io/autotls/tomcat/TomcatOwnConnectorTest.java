package io.autotls.tomcat;

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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connectors for https that the application has already. */
class TomcatOwnConnectorTest {
  private static final String ACME_TLS = "acme-tls/1";

  private final Challenge challenge =
      Challenge.builder("tls-alpn-01", "example.com").token("token", "token.thumbprint").build();
  private final TlsAlpn01Solver solver = TlsAlpn01Solver.create();
  private final Keyring keyring = new Keyring();
  private final AutoTls tls = TestAutoTls.with(keyring, solver);
  private final Visitor visitor = Visitor.curious();
  private Tomcat tomcat;
  private final Credential first = TestCertificates.ec("first", "example.com");

  @BeforeEach
  void serveSomething(@TempDir Path folder) {
    TestAutoTls.serve(keyring, first);
    tomcat = AdaptedTomcat.newTomcat(folder);
    tomcat.getEngine().getPipeline().addValve(new Greeter());
  }

  @AfterEach
  void stop() throws Exception {
    AdaptedTomcat.release(tomcat);
    tls.close();
  }

  @Test
  void clientCertificatesAreAskedForWithItsTrustStore() throws Exception {
    Credential known = TestCertificates.ec("known", "client.example");
    SSLHostConfig config = new SSLHostConfig();
    config.setCertificateVerification("required");
    config.setTrustStore(trusting(known));
    int port = startOwnConnector(config);
    Hello hello = Hello.tls12("example.com", "http/1.1");

    assertThat(visitor.showing(known).handshake(port, hello).leaf()).isEqualTo(leaf(first));
    assertThatThrownBy(() -> visitor.handshake(port, hello)).isInstanceOf(IOException.class);
  }

  @Test
  void itsSettingsAreKept() throws Exception {
    SSLHostConfig config = new SSLHostConfig();
    config.setProtocols("TLSv1.2");
    config.setCiphers("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    int port = startOwnConnector(config);
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
    SSLHostConfig config = new SSLHostConfig();
    config.setProtocols("TLSv1.2");
    config.setCiphers("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    config.setCertificateVerification("required");
    config.setTrustStore(trusting(known));
    int port = startOwnConnector(config);
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

  @Test
  void aHostWithAConfigurationOfItsOwnResumesItsSessions() throws Exception {
    keyring.install("b", List.of("b.example"), TestCertificates.rsa("b", "b.example"));
    SSLHostConfig host = new SSLHostConfig();
    host.setHostName("b.example");
    int port = startOwnConnector(new SSLHostConfig(), host);

    for (String name : List.of("example.com", "b.example")) {
      for (Hello hello : List.of(Hello.tls12(name, "http/1.1"), Hello.tls13(name, "http/1.1"))) {
        Visitor returning = visitor.returning();
        Visitor.Handshake once = returning.handshake(port, hello);

        assertThat(returning.handshake(port, hello).resumes(once)).as("%s", hello).isTrue();
      }
    }
  }

  @Test
  void oneWithoutTlsIsRefused() {
    assertThatThrownBy(() -> TomcatAutoTls.attachHttps(new Connector(), tls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no SSLHostConfig");
  }

  private int startOwnConnector(SSLHostConfig... configs) throws Exception {
    Http11NioProtocol protocol = new Http11NioProtocol();
    protocol.setSSLEnabled(true);
    Connector own = new Connector(protocol);
    own.setPort(0);
    own.setSecure(true);
    own.setScheme("https");
    own.setProperty("address", "127.0.0.1");
    List.of(configs).forEach(own::addSslHostConfig);
    tomcat.getService().addConnector(own);
    TomcatAutoTls.attachHttps(own, tls);
    tomcat.start();
    return own.getLocalPort();
  }

  private static X509Certificate leaf(Credential credential) {
    return credential.chain().get(0);
  }

  private static final class Greeter extends ValveBase {
    @Override
    public void invoke(Request request, Response response) throws IOException {
      byte[] body = "hello".getBytes(StandardCharsets.US_ASCII);
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    }
  }
}

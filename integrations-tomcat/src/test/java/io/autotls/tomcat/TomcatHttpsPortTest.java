package io.autotls.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import io.autotls.tls.Credential;
import io.autotls.tomcat.Visitor.Offer;
import io.autotls.tomcat.Visitor.Shown;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TomcatHttpsPortTest {
  private static final String ACME_TLS = "acme-tls/1";

  private final Challenge challenge =
      new Challenge("tls-alpn-01", "example.com", false, "token", "token.thumbprint");
  private final TlsAlpn01Solver solver = TlsAlpn01Solver.create();
  private final AutoTls tls = TestAutoTls.with(solver);
  private final Visitor visitor = new Visitor();
  private final Tomcat tomcat = new Tomcat();
  private final Credential first = TestCertificates.ec("first", "example.com");

  @BeforeEach
  void serveSomething(@TempDir Path folder) {
    TestAutoTls.serve(tls, first);
    tomcat.setBaseDir(folder.toString());
    tomcat.getEngine().getPipeline().addValve(new Greeter());
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
  void http2IsServed() throws Exception {
    int port = start();

    try (Response response = visitor.get("https://example.com:" + port + "/")) {
      assertThat(response.protocol()).isEqualTo(Protocol.HTTP_2);
      assertThat(response.body().string()).isEqualTo("hello");
    }
  }

  @Test
  void http1IsServed() throws Exception {
    int port = start();

    try (Response response =
        new Visitor(Protocol.HTTP_1_1).get("https://example.com:" + port + "/")) {
      assertThat(response.protocol()).isEqualTo(Protocol.HTTP_1_1);
      assertThat(response.body().string()).isEqualTo("hello");
    }
  }

  @Test
  void clientWithoutAlpnIsServed() throws Exception {
    int port = start();

    assertThat(visitor.handshake(port, Offer.tls13("example.com")).leaf()).isEqualTo(leaf(first));
    assertThat(visitor.handshake(port, Offer.tls12("example.com")).leaf()).isEqualTo(leaf(first));
  }

  @Test
  void certificateForAnotherHostIsNoReasonToRefuseRequests() throws Exception {
    TestAutoTls.serve(tls, TestCertificates.ec("placeholder", "autotls.invalid"));
    int port = start();

    try (Response response = visitor.get("https://example.com:" + port + "/")) {
      assertThat(response.code()).isEqualTo(200);
    }
  }

  @Test
  void newCertificateIsShownWithoutRestartAndOpenConnectionsGoOn() throws Exception {
    int port = start();
    String url = "https://example.com:" + port + "/";
    visitor.get(url).close();
    Credential second = TestCertificates.rsa("second", "example.com");

    TestAutoTls.serve(tls, second);

    try (Response onTheOpenConnection = visitor.get(url)) {
      assertThat(Visitor.leafOf(onTheOpenConnection)).isEqualTo("CN=first");
      assertThat(onTheOpenConnection.body().string()).isEqualTo("hello");
    }
    try (Response onANewConnection = new Visitor().get(url)) {
      assertThat(Visitor.leafOf(onANewConnection)).isEqualTo("CN=second");
    }
  }

  @Test
  void noRequestFailsWhileCertificatesChange() throws Exception {
    int port = start();
    List<Credential> generations =
        List.of(
            first,
            TestCertificates.rsa("rsa", "example.com"),
            TestCertificates.ec("ec", "example.com"));
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService visitors = Executors.newFixedThreadPool(3);
    try {
      List<Future<Integer>> requests = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        requests.add(visitors.submit(() -> requestsUntil(done, port)));
      }
      for (int swap = 0; swap < 100; swap++) {
        TestAutoTls.serve(tls, generations.get(swap % generations.size()));
        visitor.handshake(port, Offer.tls12("example.com"));
        new Visitor().handshake(port, Offer.tls13("example.com"));
      }
      done.set(true);

      for (Future<Integer> each : requests) {
        assertThat(each.get()).isPositive();
      }
    } finally {
      visitors.shutdownNow();
    }
  }

  private int requestsUntil(AtomicBoolean done, int port) throws Exception {
    Request request = new Request.Builder().url("https://example.com:" + port + "/").build();
    OkHttpClient reconnecting = new Visitor().unconnected();
    int count = 0;
    while (!done.get()) {
      try (Response response = reconnecting.newCall(request).execute()) {
        assertThat(response.code()).isEqualTo(200);
        count++;
      }
    }
    return count;
  }

  @Test
  @Tag("TA4")
  @Tag("FT44")
  void acmeTlsShowsTheChallengeCertificateAndHangsUp() throws Exception {
    int port = start();
    solver.present(challenge);

    for (Offer offer :
        List.of(Offer.tls12("example.com", ACME_TLS), Offer.tls13("example.com", ACME_TLS))) {
      Shown shown = new Visitor().handshake(port, offer);

      assertThat(shown.protocol()).isEqualTo(ACME_TLS);
      assertThat(shown.leaf()).matches(TomcatHttpsPortTest::isChallengeCertificate);
      assertThat(shown.data()).isEmpty();
    }
  }

  @Test
  @Tag("TA5")
  @Tag("FT44")
  void acmeTlsIsNotSpokenWithoutAChallenge() throws Exception {
    int port = start();
    solver.present(challenge);
    solver.cleanUp(challenge);

    for (Offer offer :
        List.of(
            Offer.tls12("example.com", ACME_TLS),
            Offer.tls13("example.com", ACME_TLS),
            Offer.tls13("other.example", ACME_TLS))) {
      assertThatThrownBy(() -> visitor.handshake(port, offer)).isInstanceOf(SSLException.class);
    }
    assertThat(visitor.handshake(port, Offer.tls13("example.com", ACME_TLS, "h2")).protocol())
        .isEqualTo("h2");
  }

  @Test
  @Tag("PD49")
  void placeholderIsShownBeforeTheFirstCertificate() throws Exception {
    tls.keyring().remove("test");
    int port = start();

    Shown before = visitor.handshake(port, Offer.tls13("example.com"));
    TestAutoTls.serve(tls, first);
    Shown after = new Visitor().handshake(port, Offer.tls13("example.com"));

    assertThat(before.leaf()).isNotEqualTo(leaf(first));
    assertThat(after.leaf()).isEqualTo(leaf(first));
  }

  @Test
  @Tag("FT44")
  void everyHostResumesItsSessions() throws Exception {
    tls.keyring().install("b", List.of("b.example"), TestCertificates.ec("b", "b.example"));
    tls.keyring().install("c", List.of("c.example"), TestCertificates.rsa("c", "c.example"));
    int port = start();

    for (String host : List.of("example.com", "b.example", "c.example")) {
      for (Offer offer : List.of(Offer.tls12(host, "http/1.1"), Offer.tls13(host, "http/1.1"))) {
        Visitor returning = new Visitor();
        Shown once = returning.handshake(port, offer);
        Shown again = returning.handshake(port, offer);

        assertThat(again.sessionCreated()).as("%s", offer).isEqualTo(once.sessionCreated());
        assertThat(again.leaf()).as("%s", offer).isEqualTo(once.leaf());
      }
    }
  }

  @Test
  void helloThatComesByteByByteIsUnderstood() throws Exception {
    int port = start();

    Shown shown = Visitor.inSmallPieces().handshake(port, Offer.tls13("example.com", "http/1.1"));

    assertThat(shown.data()).endsWith("hello");
    assertThat(shown.leaf()).isEqualTo(leaf(first));
  }

  @Test
  void whatIsNoHelloIsRefused() throws Exception {
    int port = start();

    assertThat(Visitor.say(port, "GET / HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
  }

  @Test
  void clientCertificatesAreAskedForWithTheTrustStoreOfTheConnector() throws Exception {
    Credential known = TestCertificates.ec("known", "client.example");
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    trust.setCertificateEntry("known", leaf(known));
    SSLHostConfig config = new SSLHostConfig();
    config.setCertificateVerification("required");
    config.setTrustStore(trust);
    Connector own = ownConnector(config);
    TomcatAutoTls.attachHttps(own, tls);
    tomcat.start();
    Offer tls12 = Offer.tls12("example.com", "http/1.1");

    assertThat(Visitor.as(known).handshake(own.getLocalPort(), tls12).leaf())
        .isEqualTo(leaf(first));
    assertThatThrownBy(() -> visitor.handshake(own.getLocalPort(), tls12))
        .isInstanceOf(IOException.class);
  }

  @Test
  void solverIsReadyWhileTomcatRuns() throws Exception {
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    start();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());

    tomcat.stop();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
  }

  @Test
  @Tag("PD50")
  void visitorsNeverSeeTheChallengeCertificate() throws Exception {
    int port = start();
    solver.present(challenge);

    for (Offer offer :
        List.of(
            Offer.tls12("example.com"),
            Offer.tls13("example.com"),
            Offer.tls12("example.com", "http/1.1"),
            Offer.tls13("example.com", "h2", "http/1.1"),
            Offer.tls12("example.com", "http/1.1", ACME_TLS),
            Offer.tls13("example.com", ACME_TLS, "h2"))) {
      new Visitor().handshake(port, Offer.tls13("example.com", ACME_TLS));

      Shown shown = visitor.handshake(port, offer);

      assertThat(shown.leaf()).as("%s", offer).isEqualTo(leaf(first));
    }
  }

  @Test
  void connectorOfTheApplicationKeepsItsSettings() throws Exception {
    SSLHostConfig config = new SSLHostConfig();
    config.setProtocols("TLSv1.2");
    config.setCiphers("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    Connector own = ownConnector(config);
    TomcatAutoTls.attachHttps(own, tls);
    tomcat.start();
    solver.present(challenge);
    int port = own.getLocalPort();

    assertThat(visitor.handshake(port, Offer.tls12("example.com")).leaf()).isEqualTo(leaf(first));
    assertThat(new Visitor().handshake(port, Offer.tls12("example.com", ACME_TLS)).leaf())
        .matches(TomcatHttpsPortTest::isChallengeCertificate);
    assertThatThrownBy(() -> visitor.handshake(port, Offer.tls13("example.com")))
        .isInstanceOf(SSLException.class);
    try (Response response = visitor.get("https://example.com:" + port + "/")) {
      assertThat(response.handshake().cipherSuite().javaName())
          .isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
      assertThat(response.body().string()).isEqualTo("hello");
    }
  }

  @Test
  void connectorWithoutTlsIsRefused() {
    assertThatThrownBy(() -> TomcatAutoTls.attachHttps(new Connector(), tls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no SSLHostConfig");
  }

  private int start() throws Exception {
    TomcatAutoTls installed = TomcatAutoTls.install(tomcat, tls);
    installed.httpConnector().setProperty("address", "127.0.0.1");
    installed.httpsConnector().setProperty("address", "127.0.0.1");
    tomcat.start();
    return installed.httpsConnector().getLocalPort();
  }

  private Connector ownConnector(SSLHostConfig config) {
    Http11NioProtocol protocol = new Http11NioProtocol();
    protocol.setSSLEnabled(true);
    Connector own = new Connector(protocol);
    own.setPort(0);
    own.setSecure(true);
    own.setScheme("https");
    own.setProperty("address", "127.0.0.1");
    own.addSslHostConfig(config);
    tomcat.getService().addConnector(own);
    return own;
  }

  private static X509Certificate leaf(Credential credential) {
    return credential.chain().get(0);
  }

  /** RFC 8737 §3: the extension that only challenge certificates have. */
  private static boolean isChallengeCertificate(X509Certificate certificate) {
    return certificate.getCriticalExtensionOIDs().contains("1.3.6.1.5.5.7.1.31");
  }

  private static final class Greeter extends ValveBase {
    @Override
    public void invoke(
        org.apache.catalina.connector.Request request,
        org.apache.catalina.connector.Response response)
        throws IOException {
      byte[] body = "hello".getBytes(StandardCharsets.US_ASCII);
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    }
  }
}

package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.testing.Browser.Answer;
import io.autotls.testing.RawClient.Resumption;
import io.autotls.testing.Visitor.Handshake;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the https port of every adapter has to do, without any CA: serve each name its certificate,
 * from the next handshake on, and TLS-ALPN-01 (RFC 8737) at a side door. A subclass installs its
 * server.
 */
@Execution(ExecutionMode.CONCURRENT)
public abstract class HttpsPortContract extends AdapterHarness {
  private static final String NAME = TestAutoTls.NAME;
  private static final String ACME_TLS = "acme-tls/1";
  private static final Challenge CHALLENGE =
      Challenge.builder("tls-alpn-01", NAME).token("token", "token.thumbprint").build();

  private final Visitor visitor = Visitor.curious();
  private final Browser browser = ending(Browser.open());
  private final Credential first = TestCertificates.ec("first", NAME);
  private ChallengeSolver solver;
  private final Keyring keyring = new Keyring();
  private AutoTls tls;

  /** For subclasses. */
  protected HttpsPortContract() {}

  @BeforeEach
  final void serveSomething() {
    solver = solver("tls-alpn-01");
    tls = ending(TestAutoTls.with(keyring, solver));
    TestAutoTls.serve(keyring, first);
  }

  @Test
  void http2IsServed() throws Exception {
    Answer answer = browser.get(url(start()));

    assertThat(answer.protocol()).isEqualTo("h2");
    assertThat(answer.body()).isEqualTo("hello");
  }

  @Test
  void http1IsServed() throws Exception {
    int port = start();

    try (Browser old = Browser.ofHttp11()) {
      Answer answer = old.get(url(port));
      assertThat(answer.protocol()).isEqualTo("http/1.1");
      assertThat(answer.body()).isEqualTo("hello");
    }
  }

  @Test
  void clientWithoutAlpnIsServed() throws Exception {
    int port = start();

    assertThat(visitor.handshake(port, Hello.tls13(NAME)).leaf()).isEqualTo(leaf(first));
    assertThat(visitor.handshake(port, Hello.tls12(NAME)).leaf()).isEqualTo(leaf(first));
  }

  @Test
  void certificateForAnotherHostIsNoReasonToRefuseRequests() throws Exception {
    TestAutoTls.serve(keyring, TestCertificates.ec("placeholder", "autotls.invalid"));

    assertThat(browser.get(url(start())).status()).isEqualTo(200);
  }

  @Test
  void newCertificateIsShownWithoutRestartAndOpenConnectionsGoOn() throws Exception {
    String url = url(start());
    browser.get(url);
    Credential second = TestCertificates.rsa("second", NAME);

    TestAutoTls.serve(keyring, second);

    Answer onTheOpenConnection = browser.get(url);
    assertThat(onTheOpenConnection.leaf()).isEqualTo(leaf(first));
    assertThat(onTheOpenConnection.body()).isEqualTo("hello");
    try (Browser stranger = Browser.open()) {
      assertThat(stranger.get(url).leaf()).isEqualTo(leaf(second));
    }
  }

  @Test
  @Tag("PD58")
  @Tag("PD70")
  void noRequestFailsWhileCertificatesChange() throws Exception {
    int port = start();
    List<Credential> generations =
        List.of(first, TestCertificates.rsa("rsa", NAME), TestCertificates.ec("ec", NAME));
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService visitors = Executors.newFixedThreadPool(3);
    try {
      List<Future<Integer>> requests = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        requests.add(visitors.submit(() -> requestsUntil(done, url(port))));
      }
      Visitor returning = visitor.returning();
      for (int swap = 0; swap < 50; swap++) {
        TestAutoTls.serve(keyring, generations.get(swap % generations.size()));
        returning.handshake(port, Hello.tls12(NAME));
        visitor.handshake(port, Hello.tls13(NAME));
      }
      done.set(true);

      for (Future<Integer> each : requests) {
        assertThat(each.get()).isPositive();
      }
    } finally {
      visitors.shutdownNow();
    }
  }

  private static int requestsUntil(AtomicBoolean done, String url) throws Exception {
    int count = 0;
    try (Browser reconnecting = Browser.open()) {
      while (!done.get()) {
        assertThat(reconnecting.get(url).status()).isEqualTo(200);
        reconnecting.disconnect();
        count++;
      }
    }
    return count;
  }

  @Test
  @Tag("PD49")
  @Tag("PD72")
  void placeholderIsShownBeforeTheFirstCertificate() throws Exception {
    TestAutoTls.serveNothing(keyring);
    int port = start();

    Handshake before = visitor.handshake(port, Hello.tls13(NAME));
    TestAutoTls.serve(keyring, first);
    Handshake after = visitor.handshake(port, Hello.tls13(NAME));

    assertThat(before.leaf()).isNotEqualTo(leaf(first));
    assertThat(after.leaf()).isEqualTo(leaf(first));
  }

  @Test
  void helloThatComesByteByByteIsUnderstood() throws Exception {
    int port = start();

    Handshake shown = visitor.inSmallPieces().handshake(port, Hello.tls13(NAME, "http/1.1"));

    assertThat(shown.data()).endsWith("hello");
    assertThat(shown.leaf()).isEqualTo(leaf(first));
  }

  @Test
  void whatIsNoHelloNeverReachesTheApplication() throws Exception {
    AdaptedServer server = started();

    String answer = Visitor.say(server.httpsPort(), "GET / HTTP/1.1\r\n\r\n");

    assertThat(answer).doesNotContain("hello");
    assertThat(server.visits()).isZero();
  }

  @Test
  @Tag("TA4")
  @Tag("FT44")
  void acmeTlsShowsTheChallengeCertificateAndHangsUp() throws Exception {
    int port = start();
    solver.present(List.of(CHALLENGE));

    for (Hello hello : List.of(Hello.tls12(NAME, ACME_TLS), Hello.tls13(NAME, ACME_TLS))) {
      Handshake shown = visitor.handshake(port, hello);

      assertThat(shown.protocol()).isEqualTo(ACME_TLS);
      assertThat(shown.leaf()).matches(HttpsPortContract::isChallengeCertificate);
      assertThat(shown.data()).isEmpty();
    }
  }

  @Test
  @Tag("TA5")
  @Tag("FT44")
  void acmeTlsIsNotSpokenWithoutAChallenge() throws Exception {
    int port = start();
    solver.present(List.of(CHALLENGE));
    solver.cleanUp(List.of(CHALLENGE));

    for (Hello hello :
        List.of(
            Hello.tls12(NAME, ACME_TLS),
            Hello.tls13(NAME, ACME_TLS),
            Hello.tls13("other.example", ACME_TLS))) {
      assertThatThrownBy(() -> visitor.handshake(port, hello)).isInstanceOf(SSLException.class);
    }
    assertThat(visitor.handshake(port, Hello.tls13(NAME, ACME_TLS, "h2")).protocol())
        .isEqualTo("h2");
  }

  @Test
  @Tag("TA4")
  @Tag("PD50")
  void visitorsNeverSeeTheChallengeCertificate() throws Exception {
    int port = start();
    solver.present(List.of(CHALLENGE));
    Visitor returning = visitor.returning();

    for (Hello hello :
        List.of(
            Hello.tls12(NAME),
            Hello.tls13(NAME),
            Hello.tls12(NAME, "http/1.1"),
            Hello.tls13(NAME, "h2", "http/1.1"),
            Hello.tls12(NAME, "http/1.1", ACME_TLS),
            Hello.tls13(NAME, ACME_TLS, "h2"))) {
      visitor.handshake(port, Hello.tls13(NAME, ACME_TLS));

      assertThat(returning.handshake(port, hello).leaf()).as("%s", hello).isEqualTo(leaf(first));
    }
  }

  /** Visitors of the default name, of another, of an unknown one and of none, by both versions. */
  static Stream<Hello> visitorsOfAllKinds() {
    return Stream.of(NAME, "b.example", "unknown.example", null)
        .flatMap(name -> Stream.of(Hello.tls12(name, "http/1.1"), Hello.tls13(name, "http/1.1")));
  }

  private int startWithTwoNames() throws Exception {
    keyring.install("b", List.of("b.example"), TestCertificates.ec("b", "b.example"));
    return start();
  }

  @ParameterizedTest
  @MethodSource("visitorsOfAllKinds")
  @Tag("FT44")
  void everyVisitorResumesItsSession(Hello hello) throws Exception {
    int port = startWithTwoNames();
    Visitor returning = visitor.returning();
    Handshake once = returning.handshake(port, hello);

    Handshake again = returning.handshake(port, hello);

    assertThat(again.resumes(once)).isTrue();
    assertThat(again.leaf()).isEqualTo(once.leaf());
  }

  @ParameterizedTest
  @MethodSource("visitorsOfAllKinds")
  void afterARenewalASessionIsResumedAsItWasOrBeginsAnew(Hello hello) throws Exception {
    int port = startWithTwoNames();
    Visitor returning = visitor.returning();
    Handshake before = returning.handshake(port, hello);

    Credential renewed = renew(hello);

    assertThat(visitor.handshake(port, hello).leaf()).as("a stranger").isEqualTo(leaf(renewed));
    Handshake after = returning.handshake(port, hello);
    assertThat(after.leaf()).isEqualTo(after.resumes(before) ? before.leaf() : leaf(renewed));
    assertThat(after.data()).endsWith("hello");
  }

  private Credential renew(Hello hello) {
    String name = "b.example".equals(hello.serverName()) ? "b.example" : NAME;
    Credential renewed = TestCertificates.ec("renewed", name);
    if (name.equals(NAME)) {
      TestAutoTls.serve(keyring, renewed);
    } else {
      keyring.install("b", List.of(name), renewed);
    }
    return renewed;
  }

  @Test
  void aSessionIsNotResumedUnderANameWithAnotherCertificate() throws Exception {
    int port = startWithTwoNames();
    Hello hello = Hello.tls13(NAME, "http/1.1");
    Hello other = Hello.tls13("b.example", "http/1.1");
    Hello unknown = Hello.tls13("unknown.example", "http/1.1");

    assertThat(RawClient.resume(port, hello, other)).isEqualTo(Resumption.BEGUN_ANEW);
    assertThat(RawClient.resume(port, other, hello)).isEqualTo(Resumption.BEGUN_ANEW);
    assertThat(RawClient.resume(port, other, unknown)).isEqualTo(Resumption.BEGUN_ANEW);
    assertThat(RawClient.resume(port, other, other)).isEqualTo(Resumption.RESUMED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Tag("IP2")
  void whoNamesNoHostGetsTheCertificateOfTheAddress(String version) throws Exception {
    Credential address = TestCertificates.ec("address", "127.0.0.1");
    Credential elsewhere = TestCertificates.ec("elsewhere", "192.0.2.1");
    keyring.install("elsewhere", List.of("192.0.2.1"), elsewhere);
    keyring.install("address", List.of("127.0.0.1"), address);
    int port = start();
    Visitor returning = visitor.returning();
    Hello unnamed = new Hello(null, List.of(version), List.of("http/1.1"));

    Handshake once = returning.handshake(port, unnamed);

    assertThat(once.leaf()).isEqualTo(leaf(address));
    assertThat(returning.handshake(port, unnamed).resumes(once)).isTrue();
    assertThat(visitor.handshake(port, new Hello(NAME, List.of(version), List.of())).leaf())
        .isEqualTo(leaf(first));
    assertThat(
            visitor
                .handshake(port, new Hello("unknown.example", List.of(version), List.of()))
                .leaf())
        .isEqualTo(leaf(first));
  }

  @Test
  void theServerChoosesTheCipherSuite() throws Exception {
    int port = start();
    String strong = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    String light = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

    assertThat(visitor.offering(light, strong).handshake(port, Hello.tls12(NAME)).cipherSuite())
        .isEqualTo(strong);
    assertThat(visitor.offering(light).handshake(port, Hello.tls12(NAME)).cipherSuite())
        .isEqualTo(light);
  }

  @Test
  void cipherSuitesWithCbcAreOff() throws Exception {
    int port = start();

    for (String suite :
        List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384")) {
      assertThatThrownBy(() -> visitor.offering(suite).handshake(port, Hello.tls12(NAME)))
          .as(suite)
          .isInstanceOf(SSLException.class);
    }
  }

  /** TA7: what a CA is to see does not depend on who was there before. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Tag("TA7")
  @Tag("FT44")
  void sessionOfAnOrdinaryVisitDoesNotHideTheChallengeCertificate(String version) throws Exception {
    int port = start();
    Visitor returning = visitor.returning();
    Hello ordinary = new Hello(NAME, List.of(version), List.of("http/1.1"));
    Handshake visit = returning.handshake(port, ordinary);
    solver.present(List.of(CHALLENGE));

    Handshake proof =
        returning.handshake(port, new Hello(NAME, List.of(version), List.of(ACME_TLS)));

    assertThat(proof.resumes(visit)).isFalse();
    assertThat(proof.leaf()).matches(HttpsPortContract::isChallengeCertificate);
    assertThat(returning.handshake(port, ordinary).leaf()).isEqualTo(leaf(first));
  }

  @Test
  @Tag("C3")
  @Tag("PD66")
  void solverIsReadyWhileTheServerRuns() throws Exception {
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);

    AdaptedServer server = started();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());

    server.stop();
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
  }

  private AdaptedServer started() throws Exception {
    AdaptedServer server = prepare(tls);
    server.start();
    return server;
  }

  private int start() throws Exception {
    return started().httpsPort();
  }

  private static String url(int port) {
    return "https://" + NAME + ":" + port + "/";
  }

  private static X509Certificate leaf(Credential credential) {
    return credential.chain().get(0);
  }

  /** RFC 8737 §3: the extension that only challenge certificates have. */
  private static boolean isChallengeCertificate(X509Certificate certificate) {
    return certificate.getCriticalExtensionOIDs().contains("1.3.6.1.5.5.7.1.31");
  }
}

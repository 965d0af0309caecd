package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateStatus.Serving;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleVersion;
import io.autotls.testing.pebble.RequiresPebble;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every adapter for a server has to do: on a real server, with real visitors, against the CA
 * of this kit and against Pebble. A subclass installs its server.
 *
 * <p>The facts are independent of each other, and some wait a long time for a renewal: where JUnit
 * runs tests in parallel, they run side by side, and those that wait begin first where it is told
 * to heed their order.
 */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
public abstract class ServerAdapterContract extends AdapterHarness {
  private static final String NAME = "shop.example";
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final int httpPort = FreePorts.next();
  private final int httpsPort = FreePorts.next();
  private final BlockingQueue<AutoTlsEvent> events = new LinkedBlockingQueue<>();
  private AutoTls tls;

  /** For subclasses. */
  protected ServerAdapterContract() {}

  private TestCa ca() {
    return TestCa.builder().httpPort(httpPort).tlsPort(httpsPort).start();
  }

  private AutoTls enable(TestCa ca, String challenge) {
    return enable(ca.directory(), ca.httpsRoot(), challenge);
  }

  private AutoTls enable(URI directory, X509Certificate httpsRoot, String challenge) {
    tls =
        AutoTls.builder()
            .domains(NAME)
            .issuer(AcmeIssuer.builder(directory).trustedRoots(List.of(httpsRoot)).build())
            .agreeToTermsOfService()
            .storage(MemoryStorage.create())
            .solver(solver(challenge))
            .httpPort(httpPort)
            .httpsPort(httpsPort)
            .listener(events::add)
            .enable();
    return ending(tls);
  }

  private void serve(TestCa ca, String challenge) throws Exception {
    start(enable(ca, challenge));
    awaitReady();
  }

  private void awaitReady() throws Exception {
    tls.ready().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private AdaptedServer start(AutoTls tls) throws Exception {
    AdaptedServer server = prepare(tls);
    server.start();
    return server;
  }

  @ParameterizedTest
  @ValueSource(strings = {"http-01", "tls-alpn-01"})
  void aCertificateIsObtainedAndServed(String challenge) throws Exception {
    try (TestCa ca = ca()) {
      serve(ca, challenge);

      Visitor.Handshake handshake = Visitor.trusting(List.of(ca.root())).get(NAME, httpsPort);

      assertThat(handshake.leaf()).isEqualTo(ca.issued().get(0));
      assertThat(ca.orders()).hasSize(1);
    }
  }

  @Order(3)
  @Test
  @Tag("C3")
  @Tag("PD66")
  void nothingIsOrderedBeforeTheServerListens() throws Exception {
    try (TestCa ca = ca()) {
      enable(ca, "http-01");
      // Whoever installs the adapter without starting the server is told so, after ten seconds.
      AutoTlsEvent first = events.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      assertThat(first).isInstanceOf(AutoTlsEvent.Blocked.class);
      assertThat(ca.requests()).isEmpty();
      start(tls);
      awaitReady();
      assertThat(ca.orders()).hasSize(1);
    }
  }

  @Test
  @Tag("PD49")
  void visitorsGetThePlaceholderWhileThereIsNoCertificate() throws Exception {
    try (TestCa ca = ca()) {
      ca.refuseIdentifier(NAME);
      start(enable(ca, "http-01"));

      X509Certificate leaf = Visitor.curious().get(NAME, httpsPort).leaf();

      assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=AutoTls placeholder");
      assertThat(tls.status(NAME).orElseThrow().serving()).isEqualTo(Serving.PLACEHOLDER);
    }
  }

  @Test
  void http2AndHttp11AreSpoken() throws Exception {
    try (TestCa ca = ca()) {
      serve(ca, "http-01");
      Visitor visitor = Visitor.trusting(List.of(ca.root()));

      assertThat(visitor.handshake(NAME, httpsPort, "h2", "http/1.1").protocol()).isEqualTo("h2");
      assertThat(visitor.handshake(NAME, httpsPort, "http/1.1").protocol()).isEqualTo("http/1.1");
    }
  }

  @Test
  void httpIsRedirectedToHttpsWithPathAndQuery() throws Exception {
    try (TestCa ca = ca()) {
      serve(ca, "http-01");
      String location = "Location: https://" + NAME + ":" + httpsPort + "/a/b?c=d";

      assertThat(Visitor.plain(httpPort, "GET", NAME + ":" + httpPort, "/a/b?c=d"))
          .startsWith("HTTP/1.1 301")
          .containsIgnoringCase(location);
      assertThat(Visitor.plain(httpPort, "POST", NAME, "/a/b?c=d"))
          .startsWith("HTTP/1.1 308")
          .containsIgnoringCase(location);
    }
  }

  @Test
  @Tag("C10")
  @Tag("FT43")
  void unknownTokensAreNotFoundAndNotEchoed() throws Exception {
    try (TestCa ca = ca()) {
      serve(ca, "http-01");

      String answer =
          Visitor.plain(httpPort, "GET", NAME, "/.well-known/acme-challenge/no-such-token");

      assertThat(answer).startsWith("HTTP/1.1 404").doesNotContain("no-such-token");
    }
  }

  @Test
  @Tag("TA5")
  @Tag("FT44")
  void acmeTlsIsNotSpokenWithoutAChallengeAndNobodyNotices() throws Exception {
    try (TestCa ca = ca()) {
      serve(ca, "tls-alpn-01");

      assertThatThrownBy(() -> Visitor.curious().handshake(NAME, httpsPort, "acme-tls/1"))
          .isInstanceOf(SSLException.class);
      Visitor visitor = Visitor.trusting(List.of(ca.root()));
      assertThat(visitor.handshake(NAME, httpsPort, "acme-tls/1", "h2", "http/1.1").leaf())
          .isEqualTo(ca.issued().get(0));
    }
  }

  @Test
  @Tag("TA4")
  @Tag("PD50")
  void visitorsNeverSeeAChallengeCertificate() throws Exception {
    try (TestCa ca = ca()) {
      ca.validationDelay(Duration.ofSeconds(2));
      start(enable(ca, "tls-alpn-01"));

      int visits = 0;
      while (!tls.ready().isDone()) {
        String subject =
            Visitor.curious().get(NAME, httpsPort).leaf().getSubjectX500Principal().getName();
        assertThat(subject).isNotEqualTo("CN=AutoTls challenge");
        visits++;
      }
      assertThat(visits).isPositive();
    }
  }

  @Order(2)
  @Test
  @Tag("PD70")
  @Tag("PD58")
  void certificatesAreRenewedUnderLoadWithoutAFailedRequest() throws Exception {
    try (TestCa ca = ca()) {
      // Half of it is what a renewal may take on a machine that has other things to do.
      ca.certificateLifetime(Duration.ofSeconds(16));
      serve(ca, "http-01");

      try (VisitorLoad load =
          VisitorLoad.start(Visitor.trusting(List.of(ca.root())), NAME, httpsPort, 2)) {
        assertThat(load.awaitCertificates(3, PATIENCE)).isGreaterThanOrEqualTo(3);
        assertThat(load.failures()).isEmpty();
      }
    }
  }

  @Test
  void aPortInUseIsTheServersExceptionAndNothingIsOrdered() throws Exception {
    try (TestCa ca = ca();
        ServerSocket occupied = new ServerSocket(httpPort)) {
      enable(ca, "http-01");

      assertThatThrownBy(() -> start(tls)).hasRootCauseInstanceOf(BindException.class);

      assertThat(occupied.isBound()).isTrue();
      assertThat(ca.orders()).isEmpty();
    }
  }

  @Order(1)
  @ParameterizedTest
  @ValueSource(strings = {"http-01", "tls-alpn-01"})
  @Tag("pebble")
  @RequiresPebble(PebbleVersion.V2_10)
  void pebbleIssuesAndRenewsFiveTimesUnderLoad(String challenge) throws Exception {
    try (Pebble pebble =
        Pebble.builder()
            .httpPort(httpPort)
            .tlsPort(httpsPort)
            .nonceRejectPercent(50)
            .certificateLifetime(Duration.ofSeconds(24))
            .start()) {
      start(enable(pebble.directory(), pebble.httpsRoot(), challenge));
      awaitReady();

      try (VisitorLoad load =
          VisitorLoad.start(Visitor.trusting(List.of(pebble.root())), NAME, httpsPort, 2)) {
        assertThat(load.awaitCertificates(6, PATIENCE.multipliedBy(3)))
            .as("first certificate and five renewals")
            .isGreaterThanOrEqualTo(6);
        assertThat(load.failures()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http-01", "tls-alpn-01"})
  @Tag("pebble")
  @RequiresPebble(PebbleVersion.V2_4)
  void oldPebbleIssues(String challenge) throws Exception {
    try (Pebble pebble =
        Pebble.builder()
            .version(PebbleVersion.V2_4)
            .httpPort(httpPort)
            .tlsPort(httpsPort)
            .start()) {
      start(enable(pebble.directory(), pebble.httpsRoot(), challenge));

      awaitReady();

      Visitor.trusting(List.of(pebble.root())).get(NAME, httpsPort);
    }
  }
}

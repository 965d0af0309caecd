package io.autotls.solver.tlsalpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.spi.Attachment;
import io.autotls.spi.Challenge;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverFactory;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TlsAlpn01SolverTest {
  private static final String NAME = "example.com";
  private static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");

  private final TestContext context = new TestContext();
  private final TlsAlpn01Solver solver = TlsAlpn01Solver.create();
  private final Credential normal =
      Credential.selfSigned(List.of(NAME), InstantSource.system(), new SecureRandom());
  private Server server;

  @BeforeEach
  void start() throws IOException {
    context.keyring.install("normal", List.of(NAME), normal);
    server = new Server(context.keyring);
    solver.start(context);
  }

  @AfterEach
  void stop() throws IOException {
    solver.close();
    server.close();
    context.close();
  }

  @Test
  @DisplayName("TA4: the CA gets the certificate of the challenge, in any case of letters")
  void theCaSeesTheChallenge() throws Exception {
    listen();
    Challenge challenge = challenge(NAME, "token");

    solver.present(List.of(challenge));

    for (String version : VERSIONS) {
      for (String name : List.of(NAME, "EXAMPLE.com")) {
        Server.Visit visit = server.visit(version, name, TlsAlpn01Solver.PROTOCOL);
        assertThat(visit.protocol()).isEqualTo("acme-tls/1");
        assertAnswers(visit.certificate(), challenge);
      }
    }
  }

  @Test
  @DisplayName("TA4: of an IP address the CA asks for the reverse name")
  @Tag("IP2")
  void addressesAreAskedForByTheirReverseName() throws Exception {
    listen();
    Challenge v4 = challenge("127.0.0.1", "v4");
    Challenge v6 = challenge("2001:db8::1", "v6");
    solver.present(List.of(v4));
    solver.present(List.of(v6));

    String reverseV6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    assertAnswers(
        server.visit("TLSv1.3", "1.0.0.127.in-addr.arpa", "acme-tls/1").certificate(), v4);
    assertAnswers(server.visit("TLSv1.3", reverseV6, "acme-tls/1").certificate(), v6);
  }

  @Test
  @DisplayName("TA5: without challenge acme-tls/1 fails, and others notice nothing")
  void withoutChallengeTheAcmeProtocolFails() throws Exception {
    for (String version : VERSIONS) {
      assertRefused(version, NAME);
      assertThat(server.visit(version, NAME, "h2").certificate()).isEqualTo(normal.leaf());
      assertThat(server.visit(version, NAME, "http/1.1").certificate()).isEqualTo(normal.leaf());
      assertThat(server.visit(version, NAME).certificate()).isEqualTo(normal.leaf());
    }
  }

  @Test
  @DisplayName("TA5: the challenge of another name is not for everybody")
  void theChallengeOfAnotherNameIsNotServed() throws Exception {
    listen();
    solver.present(List.of(challenge("other.example.com", "token")));

    assertRefused("TLSv1.3", NAME);
    assertAnswers(
        server.visit("TLSv1.3", "other.example.com", "acme-tls/1").certificate(),
        challenge("other.example.com", "token"));
  }

  @Test
  @DisplayName("TA5: ordinary visitors never see the challenge while a validation is under way")
  @Tag("PD50")
  void visitorsNeverSeeTheChallenge() throws Exception {
    listen();
    solver.present(List.of(challenge(NAME, "token")));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<Integer> visits = this::visitAsBrowsersDo;
      int strangers = 0;
      for (Future<Integer> result : threads.invokeAll(List.of(visits, visits, visits, visits))) {
        strangers += result.get();
      }

      assertThat(strangers).isZero();
    } finally {
      threads.shutdownNow();
    }
  }

  /** How many visits did not see the normal certificate. */
  private int visitAsBrowsersDo() throws IOException {
    int strangers = 0;
    for (int i = 0; i < 50; i++) {
      String version = VERSIONS.get(i % 2);
      strangers += normalIs(server.visit(version, NAME, "h2", "http/1.1")) ? 0 : 1;
      strangers += normalIs(server.visit(version, NAME, "http/1.1", "acme-tls/1")) ? 0 : 1;
      strangers += normalIs(server.visit(version, "unknown.example.com")) ? 0 : 1;
    }
    return strangers;
  }

  private boolean normalIs(Server.Visit visit) {
    return visit.certificate().equals(normal.leaf());
  }

  @Test
  @DisplayName("TA6: a challenge that another node began is answered here as well")
  void anyNodeAnswers() throws Exception {
    Challenge ofName = challenge(NAME, "name");
    Challenge ofAddress = challenge("127.0.0.1", "address");
    context.ofOtherNodes.addAll(List.of(ofName, ofAddress));

    assertAnswers(server.visit("TLSv1.3", NAME, "acme-tls/1").certificate(), ofName);
    assertAnswers(
        server.visit("TLSv1.2", "1.0.0.127.in-addr.arpa", "acme-tls/1").certificate(), ofAddress);

    context.ofOtherNodes.clear();
    assertRefused("TLSv1.3", NAME);
  }

  @Test
  @DisplayName("TA6: another node's next challenge replaces the certificate made before")
  void theNextChallengeOfAnotherNodeGetsItsOwnCertificate() throws Exception {
    context.ofOtherNodes.add(challenge(NAME, "first"));
    X509Certificate first = server.visit("TLSv1.3", NAME, "acme-tls/1").certificate();
    assertThat(server.visit("TLSv1.3", NAME, "acme-tls/1").certificate())
        .as("kept: the CA looks from several places")
        .isEqualTo(first);

    context.ofOtherNodes.set(0, challenge(NAME, "second"));

    assertAnswers(
        server.visit("TLSv1.3", NAME, "acme-tls/1").certificate(), challenge(NAME, "second"));
  }

  @Test
  void whatAnotherNodeBeganSinceGoesBeforeWhatThisNodePresented() throws Exception {
    listen();
    solver.present(List.of(challenge(NAME, "first")));
    X509Certificate ours = server.visit("TLSv1.3", NAME, "acme-tls/1").certificate();

    context.ofOtherNodes.add(challenge(NAME, "second"));

    assertAnswers(ours, challenge(NAME, "first"));
    assertAnswers(
        server.visit("TLSv1.3", NAME, "acme-tls/1").certificate(), challenge(NAME, "second"));
  }

  @Test
  void whatThisNodePresentedIsShownWhenItIsFoundInTheStorage() throws Exception {
    listen();
    solver.present(List.of(challenge(NAME, "token")));
    X509Certificate ours = server.visit("TLSv1.3", NAME, "acme-tls/1").certificate();

    context.ofOtherNodes.add(challenge(NAME, "token"));

    assertThat(server.visit("TLSv1.3", NAME, "acme-tls/1").certificate()).isEqualTo(ours);
  }

  @Test
  void ordinaryVisitorsNeverCauseALookup() throws Exception {
    server.visit("TLSv1.3", NAME, "h2");
    server.visit("TLSv1.3", "unknown.example.com");

    assertThat(context.lookups).hasValue(0);
  }

  @Test
  void cleaningUpTakesTheAnswerAwayAndMayBeRepeated() throws Exception {
    listen();
    Challenge challenge = challenge(NAME, "token");
    solver.present(List.of(challenge));
    solver.present(List.of(challenge));

    solver.cleanUp(List.of(challenge));
    solver.cleanUp(List.of(challenge));

    assertThat(context.keyring.hasChallenges()).isFalse();
    assertRefused("TLSv1.3", NAME);
  }

  @Test
  void presentingTwiceKeepsTheCertificate() throws Exception {
    listen();
    solver.present(List.of(challenge(NAME, "token")));
    X509Certificate first = server.visit("TLSv1.3", NAME, "acme-tls/1").certificate();

    solver.present(List.of(challenge(NAME, "token")));

    assertThat(server.visit("TLSv1.3", NAME, "acme-tls/1").certificate()).isEqualTo(first);
  }

  @Test
  void closingTakesAllAnswersAwayAndMayBeRepeated() throws Exception {
    listen();
    solver.present(List.of(challenge(NAME, "token")));
    context.ofOtherNodes.add(challenge("other.example.com", "other"));

    solver.close();
    solver.close();

    assertRefused("TLSv1.3", NAME);
    assertRefused("TLSv1.3", "other.example.com");
    assertThat(server.visit("TLSv1.3", NAME).certificate()).isEqualTo(normal.leaf());
  }

  @Test
  void namesAndAddressesAreSupportedWildcardsAreNot() {
    assertThat(solver.type()).isEqualTo("tls-alpn-01");
    assertThat(solver.supports(NAME, false)).isTrue();
    assertThat(solver.supports("192.0.2.1", false)).isTrue();
    assertThat(solver.supports("2001:db8::1", false)).isTrue();
    assertThat(solver.supports(NAME, true)).isFalse();
  }

  @Test
  void isReadyWhileAServerListens() {
    assertNotReady("no server offers acme-tls/1 yet", "TlsAlpn01Solver.attach");

    Attachment attachment = solver.attach("Jetty on port 8443");
    assertNotReady("Jetty on port 8443 does not listen yet");
    attachment.listening();
    assertThat(solver.readiness()).isEqualTo(Readiness.ready());
    attachment.stopped();
    assertNotReady("Jetty on port 8443");
    assertThat(context.readinessChanges).hasValue(3);
  }

  @Test
  @Tag("C3")
  void nothingIsPresentedBeforeAServerListens() {
    assertThatThrownBy(() -> solver.present(List.of(challenge(NAME, "token"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(NAME)
        .hasMessageContaining("no server offers acme-tls/1")
        .hasMessageNotContaining("thumbprint");
    assertThat(context.keyring.hasChallenges()).isFalse();
  }

  @Test
  void challengesOfOtherTypesAndWildcardsAreRefused() {
    listen();
    Challenge http = Challenge.builder("http-01", NAME).token("token", "token.thumbprint").build();
    Challenge wildcard =
        Challenge.builder("tls-alpn-01", NAME)
            .wildcard()
            .token("token", "token.thumbprint")
            .build();

    assertThatThrownBy(() -> solver.present(List.of(http)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> solver.present(List.of(wildcard)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isFoundOnTheClassPathAndTriedAfterHttp() {
    SolverFactory factory =
        ServiceLoader.load(SolverFactory.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(one -> one.type().equals("tls-alpn-01"))
            .findFirst()
            .orElseThrow();

    assertThat(factory.order()).isEqualTo(20);
    assertThat(factory.create(context)).isInstanceOf(TlsAlpn01Solver.class);
  }

  private void listen() {
    solver.attach("the test's server").listening();
  }

  private void assertNotReady(String... reasons) {
    assertThat(solver.readiness()).isInstanceOf(Readiness.NotReady.class);
    assertThat(((Readiness.NotReady) solver.readiness()).reason()).contains(reasons);
  }

  private void assertRefused(String version, String name) {
    // The alert may reach a client that writes at this moment as a reset.
    assertThatThrownBy(() -> server.visit(version, name, "acme-tls/1"))
        .isInstanceOfAny(SSLException.class, SocketException.class);
  }

  private static Challenge challenge(String identifier, String token) {
    return Challenge.builder("tls-alpn-01", identifier).token(token, token + ".thumbprint").build();
  }

  private static void assertAnswers(X509Certificate certificate, Challenge challenge)
      throws Exception {
    byte[] value = certificate.getExtensionValue("1.3.6.1.5.5.7.1.31");
    byte[] digest =
        MessageDigest.getInstance("SHA-256")
            .digest(challenge.keyAuthorization().getBytes(StandardCharsets.US_ASCII));
    assertThat(value).startsWith(0x04, 34, 0x04, 32).hasSize(36);
    assertThat(Arrays.copyOfRange(value, 4, 36)).isEqualTo(digest);
    assertThat(certificate.getSubjectAlternativeNames())
        .singleElement()
        .satisfies(name -> assertThat(name.get(1).toString()).isNotEmpty());
  }
}

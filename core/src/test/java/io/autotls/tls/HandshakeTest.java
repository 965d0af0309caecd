package io.autotls.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.tls.Visitor.Visit;
import java.io.IOException;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What visitors see, on real sockets. */
@Timeout(300)
class HandshakeTest {
  private static final Authority CA = new Authority();
  private static final String DEFAULT = "default.example.com";
  private static final String OTHER = "other.example.com";

  private final Keyring keyring = new Keyring();
  private final List<TlsServer> servers = new ArrayList<>();
  private final Credential first = CA.ec(DEFAULT);
  private final Credential other = CA.ec(OTHER);

  @AfterEach
  void stopServers() {
    servers.forEach(TlsServer::close);
  }

  static Stream<Arguments> everyServerAndVersion() {
    return Stream.of(TlsServer.Kind.values())
        .flatMap(
            kind -> Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(kind, version)));
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void eachNameGetsItsOwnCertificate(TlsServer.Kind kind, String version) throws IOException {
    TlsServer server = serveTwo(kind);
    Visitor visitor = new Visitor(version);

    assertThat(visitor.visit(server, DEFAULT).chain()).isEqualTo(first.chain());
    assertThat(visitor.visit(server, OTHER).chain()).isEqualTo(other.chain());
    assertThat(visitor.visit(server, "OTHER.Example.com").leaf()).isEqualTo(other.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void whoNamesNobodyOrAStrangerGetsTheDefault(TlsServer.Kind kind, String version)
      throws IOException {
    TlsServer server = serveTwo(kind);
    Visitor visitor = new Visitor(version);

    assertThat(visitor.visit(server, Visitor.ofNobody()).leaf()).isEqualTo(first.leaf());
    assertThat(visitor.visit(server, "unknown.example.net").leaf()).isEqualTo(first.leaf());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void everyVisitorOfEnginesResumesItsSession(String version) throws IOException {
    TlsServer server = serveTwo(TlsServer.Kind.ENGINES);
    Visitor visitor = new Visitor(version);

    for (String name : List.of(DEFAULT, OTHER, "unknown.example.net", "")) {
      Visit before = visitor.visit(server, Visitor.of(name));
      Visit again = visitor.visit(server, Visitor.of(name));

      assertThat(before.resumed()).as(name).isFalse();
      assertThat(again.resumed()).as(name).isTrue();
      assertThat(again.leaf()).as(name).isEqualTo(before.leaf());
    }
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void aSessionThatIsNotResumedShowsTheRightCertificateAllTheSame(
      TlsServer.Kind kind, String version) throws IOException {
    TlsServer server = serveTwo(kind);
    Visitor visitor = new Visitor(version);

    for (String name : List.of(DEFAULT, OTHER, DEFAULT, OTHER)) {
      Credential expected = name.equals(OTHER) ? other : first;
      assertThat(visitor.visit(server, name).leaf()).isEqualTo(expected.leaf());
    }
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void theNextNewVisitorSeesTheRenewedCertificate(TlsServer.Kind kind, String version)
      throws IOException {
    TlsServer server = serveTwo(kind);
    Visitor regular = new Visitor(version);
    regular.visit(server, OTHER);
    Credential renewed = CA.rsa(OTHER);

    keyring.install("other", List.of(OTHER), renewed);

    assertThat(new Visitor(version).visit(server, OTHER).leaf()).isEqualTo(renewed.leaf());
    Visit back = regular.visit(server, OTHER);
    // JDK 17 resumes with what was shown before, newer ones shake hands anew; both are right.
    assertThat(back.leaf()).isEqualTo(back.resumed() ? other.leaf() : renewed.leaf());
    assertThat(new Visitor(version).visit(server, DEFAULT).leaf()).isEqualTo(first.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  @Tag("TA4")
  @Tag("FT44")
  @Tag("PD50")
  void onlyTheAcmeProtocolSeesTheChallenge(TlsServer.Kind kind, String version) throws IOException {
    TlsServer server = serveTwo(kind);
    Credential challenge = CA.ec(OTHER);
    keyring.installChallenge(OTHER, challenge);
    Visitor visitor = new Visitor(version);

    Visit acme =
        new Visitor(version).visit(server, Visitor.of("Other.Example.com").protocols("acme-tls/1"));
    assertThat(acme.leaf()).isEqualTo(challenge.leaf());
    assertThat(acme.protocol()).isEqualTo("acme-tls/1");
    assertThat(visitor.visit(server, Visitor.of(OTHER).protocols("h2")).leaf())
        .isEqualTo(other.leaf());
    assertThat(visitor.visit(server, Visitor.of(OTHER).protocols("http/1.1", "acme-tls/1")).leaf())
        .isEqualTo(other.leaf());
    assertThat(visitor.visit(server, OTHER).leaf()).isEqualTo(other.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  @Tag("TA5")
  @Tag("FT44")
  void theAcmeProtocolFailsWithoutChallenge(TlsServer.Kind kind, String version)
      throws IOException {
    TlsServer server = serveTwo(kind);
    Credential challenge = CA.ec(OTHER);
    keyring.installChallenge(OTHER, challenge);

    assertRefused(server, version, Visitor.of(DEFAULT).protocols("acme-tls/1"));
    assertRefused(server, version, Visitor.of("unknown.example.net").protocols("acme-tls/1"));
    assertRefused(server, version, Visitor.ofNobody().protocols("acme-tls/1"));

    keyring.removeChallenge(OTHER, challenge);
    assertRefused(server, version, Visitor.of(OTHER).protocols("acme-tls/1"));
    assertThat(new Visitor(version).visit(server, OTHER).leaf()).isEqualTo(other.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  @Tag("IP2")
  @Tag("FT44")
  void anAddressIsProvenUnderItsReverseName(TlsServer.Kind kind, String version)
      throws IOException {
    TlsServer server = serveTwo(kind);
    Credential v4 = CA.ec("127.0.0.1");
    Credential v6 = CA.ec("2001:db8::1");
    String reverseV6 = IpAddress.parse("2001:db8::1").orElseThrow().reverseName();
    keyring.installChallenge("1.0.0.127.in-addr.arpa", v4);
    keyring.installChallenge(reverseV6, v6);
    Visitor visitor = new Visitor(version);

    assertThat(
            visitor
                .visit(server, Visitor.of("1.0.0.127.in-addr.arpa").protocols("acme-tls/1"))
                .leaf())
        .isEqualTo(v4.leaf());
    assertThat(visitor.visit(server, Visitor.of(reverseV6).protocols("acme-tls/1")).leaf())
        .isEqualTo(v6.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  @Tag("TA6")
  void challengesOfOtherNodesAreLookedUp(TlsServer.Kind kind, String version) throws IOException {
    TlsServer server = serveTwo(kind);
    Credential challenge = CA.ec(OTHER);
    AtomicInteger lookups = new AtomicInteger();
    keyring.challengeLookup(
        name -> {
          lookups.incrementAndGet();
          return name.equals(OTHER) ? challenge : null;
        });

    assertThat(new Visitor(version).visit(server, OTHER).leaf()).isEqualTo(other.leaf());
    assertThat(lookups).hasValue(0);
    assertThat(new Visitor(version).visit(server, Visitor.of(OTHER).protocols("acme-tls/1")).leaf())
        .isEqualTo(challenge.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  @Tag("PD49")
  @Tag("PD72")
  void thePlaceholderAnswersBeforeTheFirstCertificate(TlsServer.Kind kind, String version)
      throws IOException {
    Credential placeholder =
        Credential.selfSigned(List.of(OTHER), InstantSource.system(), new SecureRandom());
    keyring.placeholder(() -> placeholder);
    TlsServer server = serve(kind);
    Visitor visitor = new Visitor(version);

    assertThat(visitor.visit(server, OTHER).leaf()).isEqualTo(placeholder.leaf());
    assertThat(visitor.visit(server, Visitor.ofNobody()).leaf()).isEqualTo(placeholder.leaf());
    keyring.install("other", List.of(OTHER), other);
    assertThat(new Visitor(version).visit(server, OTHER).leaf()).isEqualTo(other.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void anEmptyKeyringRefusesAndRecovers(TlsServer.Kind kind, String version) throws IOException {
    TlsServer server = serve(kind);

    assertRefused(server, version, Visitor.of(OTHER));
    keyring.install("other", List.of(OTHER), other);
    assertThat(new Visitor(version).visit(server, OTHER).leaf()).isEqualTo(other.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void wildcardsCoverOneLabel(TlsServer.Kind kind, String version) throws IOException {
    Credential wildcard = CA.ec("*.example.org");
    TlsServer server = serveTwo(kind);
    keyring.install("wildcard", List.of("*.example.org"), wildcard);
    Visitor visitor = new Visitor(version);

    assertThat(visitor.visit(server, "a.example.org").leaf()).isEqualTo(wildcard.leaf());
    assertThat(visitor.visit(server, "a.b.example.org").leaf()).isEqualTo(first.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void removedNamesFallBackToTheDefault(TlsServer.Kind kind, String version) throws IOException {
    TlsServer server = serveTwo(kind);

    keyring.remove("other");

    assertThat(new Visitor(version).visit(server, OTHER).leaf()).isEqualTo(first.leaf());
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  void theCipherSuiteDecidesBetweenEcAndRsa(TlsServer.Kind kind, String version)
      throws IOException {
    Credential rsa = CA.rsa(OTHER);
    TlsServer server = serveTwo(kind);
    keyring.install("other-rsa", List.of(OTHER), rsa);

    assertThat(new Visitor("TLSv1.2").visit(server, onlyRsa(OTHER)).leaf()).isEqualTo(rsa.leaf());
    assertThat(new Visitor("TLSv1.2").visit(server, onlyEcdsa(OTHER)).leaf())
        .isEqualTo(other.leaf());
    assertThat(new Visitor(version).visit(server, OTHER).leaf()).isIn(rsa.leaf(), other.leaf());
  }

  @Test
  void anUnsuitableKeyNeverLeadsToTheCertificateOfAnotherName() throws IOException {
    keyring.install("default", List.of(DEFAULT), CA.rsa(DEFAULT));
    keyring.install("other", List.of(OTHER), other);
    TlsServer server = serve(TlsServer.Kind.ENGINES);

    assertRefused(server, "TLSv1.2", onlyRsa(OTHER));
  }

  @ParameterizedTest
  @MethodSource("everyServerAndVersion")
  @Tag("PD58")
  void keyAndChainAlwaysMatchWhileGenerationsAlternate(TlsServer.Kind kind, String version)
      throws Exception {
    TlsServer server = serveTwo(kind);
    // Whoever comes before the first swap gets the one that is there from the beginning.
    List<Credential> generations =
        List.of(other, CA.rsa(OTHER), CA.ec(OTHER), CA.rsa(OTHER), CA.ec(OTHER));
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(5);
    try {
      Future<?> swaps = threads.submit(() -> swapUntil(done, generations));
      List<Callable<Integer>> visits = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        visits.add(() -> visitManyTimes(server, version, generations));
      }
      int seen = 0;
      for (Future<Integer> result : threads.invokeAll(visits, 250, TimeUnit.SECONDS)) {
        seen += result.get();
      }
      done.set(true);
      swaps.get(60, TimeUnit.SECONDS);

      assertThat(seen).isEqualTo(4 * 25);
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
  }

  private void swapUntil(AtomicBoolean done, List<Credential> generations) {
    for (int i = 0; !done.get(); i++) {
      keyring.install("other", List.of(OTHER), generations.get(i % generations.size()));
      keyring.install("extra" + i % 10, List.of("extra" + i % 100 + ".example.com"), first);
      keyring.remove("extra" + (i + 5) % 10);
      keyring.makeDefault(i % 2 == 0 ? "default" : "other");
      keyring.installChallenge(OTHER, first);
      keyring.removeChallenge(OTHER, first);
      Thread.yield();
    }
  }

  private static int visitManyTimes(TlsServer server, String version, List<Credential> generations)
      throws IOException {
    int seen = 0;
    for (int i = 0; i < 25; i++) {
      // A new visitor each time: a resumed session would prove nothing.
      Visit visit = new Visitor(version).visit(server, OTHER);
      if (generations.stream().anyMatch(one -> one.chain().equals(visit.chain()))) {
        seen++;
      }
    }
    return seen;
  }

  private TlsServer serveTwo(TlsServer.Kind kind) {
    keyring.install("default", List.of(DEFAULT), first);
    keyring.install("other", List.of(OTHER), other);
    return serve(kind);
  }

  private TlsServer serve(TlsServer.Kind kind) {
    TlsServer server = TlsServer.start(kind, KeyringSslContext.create(keyring));
    servers.add(server);
    return server;
  }

  private static Visitor.Request onlyRsa(String name) {
    return Visitor.of(name).cipherSuites("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  }

  private static Visitor.Request onlyEcdsa(String name) {
    return Visitor.of(name).cipherSuites("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  }

  private static void assertRefused(TlsServer server, String version, Visitor.Request request) {
    // The alert may reach a client that writes at this moment as a reset.
    assertThatThrownBy(() -> new Visitor(version).visit(server, request))
        .isInstanceOfAny(SSLException.class, SocketException.class);
  }
}

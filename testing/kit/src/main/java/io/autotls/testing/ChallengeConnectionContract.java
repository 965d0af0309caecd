package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.testing.RawClient.Outcome;
import io.autotls.testing.RawClient.Outcome.ClientCertificate;
import io.autotls.testing.RawClient.Outcome.Stage;
import io.autotls.testing.Visitor.Handshake;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What holds while a TLS-ALPN-01 challenge is open on a server that lets nobody in without a client
 * certificate: a CA, which has none, sees the challenge certificate, and nobody gets past the
 * demand that way, whatever he says in which order. A subclass installs a server that demands a
 * certificate, and knows {@link #known} only. The facts share one server, on which each of them
 * opens a challenge of its own.
 */
@TestInstance(Lifecycle.PER_CLASS)
public abstract class ChallengeConnectionContract extends AdapterHarness {
  private static final String NAME = TestAutoTls.NAME;
  private static final String OTHER = "other.example";
  private static final String ACME_TLS = "acme-tls/1";
  private static final Challenge CHALLENGE =
      Challenge.builder("tls-alpn-01", NAME).token("token", "token.thumbprint").build();

  private final Credential known = TestCertificates.ec("known", "client.example");
  private final Credential certificate = TestCertificates.ec("first", NAME);
  private final Visitor stranger = Visitor.curious();
  private Path folder;
  private ChallengeSolver solver;
  private final Keyring keyring = new Keyring();
  private AutoTls tls;
  private AdaptedServer server;
  private int visitsBefore;

  /** For subclasses. */
  protected ChallengeConnectionContract() {}

  /** The certificate that the server accepts from a client. */
  protected final Credential known() {
    return known;
  }

  /** A folder for the server, as long as it is there. */
  protected final Path folder() {
    return folder;
  }

  @BeforeAll
  final void serve(@TempDir Path folder) throws Exception {
    this.folder = folder;
    solver = solver("tls-alpn-01");
    tls = TestAutoTls.with(keyring, solver);
    TestAutoTls.serve(keyring, certificate);
    keyring.install("other", List.of(OTHER), TestCertificates.ec("other", OTHER));
    server = install(tls);
    server.start();
  }

  @AfterAll
  final void end() throws Exception {
    server.end();
    tls.close();
  }

  @BeforeEach
  final void openAChallenge() throws Exception {
    visitsBefore = server.visits();
    solver.present(List.of(CHALLENGE));
  }

  @AfterEach
  final void closeTheChallenge() throws Exception {
    solver.cleanUp(List.of(CHALLENGE));
  }

  /** How many requests of this test the application has seen. */
  private int visits() {
    return server.visits() - visitsBefore;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void whoShowsTheCertificateComesIn(String version) throws Exception {
    Hello hello = new Hello(NAME, List.of(version), List.of("http/1.1"));

    assertThat(stranger.showing(known).handshake(server.httpsPort(), hello).data())
        .endsWith("hello");
    assertThatThrownBy(() -> stranger.handshake(server.httpsPort(), hello))
        .isInstanceOf(IOException.class);
    assertThat(visits()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Tag("TA4")
  void theCaIsNotAskedForOne(String version) throws Exception {
    Hello hello = new Hello(NAME, List.of(version), List.of(ACME_TLS));

    Handshake validation = stranger.handshake(server.httpsPort(), hello);

    assertThat(validation.leaf()).matches(ChallengeConnectionContract::isChallengeCertificate);
    assertThat(validation.data()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void whoMixesTheProtocolsIsAskedForOne(String version) {
    for (List<String> protocols :
        List.of(
            List.of(ACME_TLS, "http/1.1"),
            List.of("http/1.1", ACME_TLS),
            List.of(ACME_TLS, ACME_TLS))) {
      Hello hello = new Hello(NAME, List.of(version), protocols);

      assertThatThrownBy(() -> stranger.handshake(server.httpsPort(), hello))
          .as("%s", hello)
          .isInstanceOf(IOException.class);
    }
    assertThat(visits()).isZero();
  }

  /** What may follow a hello for a challenge if somebody wants to get in. */
  static Stream<Hello> secondHellos() {
    return Stream.of(
        Hello.tls13(NAME),
        Hello.tls13(NAME, "http/1.1"),
        Hello.tls13(NAME, "h2", "http/1.1"),
        Hello.tls13(NAME, "unknown"),
        Hello.tls13(OTHER),
        Hello.tls13(OTHER, ACME_TLS),
        Hello.tls13(null));
  }

  @ParameterizedTest
  @MethodSource("secondHellos")
  void whoComesForAChallengeGetsNothingElseByASecondHello(Hello second) throws Exception {
    Outcome outcome = RawClient.sayTwice(server.httpsPort(), Hello.tls13(NAME, ACME_TLS), second);

    assertThat(outcome.stage()).isEqualTo(Stage.REFUSED_SECOND_HELLO);
    assertThat(outcome.leaf()).isNull();
    assertThat(visits()).isZero();
  }

  @ParameterizedTest
  @MethodSource("secondHellos")
  void aChallengeThatWasLeftBehindOpensNoDoorEither(Hello second) throws Exception {
    Keyring its = new Keyring();
    AutoTls forgetful = ending(TestAutoTls.with(its, solver("tls-alpn-01")));
    TestAutoTls.serve(its, certificate);
    its.install("other", List.of(OTHER), TestCertificates.ec("other", OTHER));
    AdaptedServer server = prepare(forgetful);
    server.start();
    Credential leftBehind = TestCertificates.ec("left behind", NAME);
    its.challengeLookup(name -> name.equals(NAME) ? leftBehind : null);

    Outcome outcome = RawClient.sayTwice(server.httpsPort(), Hello.tls13(NAME, ACME_TLS), second);

    assertThat(outcome.stage()).isEqualTo(Stage.REFUSED_SECOND_HELLO);
    assertThat(server.visits()).isZero();
  }

  @ParameterizedTest
  @MethodSource("secondHellos")
  void withoutAChallengeNeither(Hello second) throws Exception {
    solver.cleanUp(List.of(CHALLENGE));

    Outcome outcome = RawClient.sayTwice(server.httpsPort(), Hello.tls13(NAME, ACME_TLS), second);

    assertThat(outcome.stage()).isEqualTo(Stage.REFUSED_SECOND_HELLO);
    assertThat(visits()).isZero();
  }

  @Test
  void aCaThatHasToSayHelloTwiceSeesTheChallengeCertificate() throws Exception {
    Hello hello = Hello.tls13(NAME, ACME_TLS);

    Outcome outcome = RawClient.sayTwice(server.httpsPort(), hello, hello);

    assertThat(outcome.stage()).isEqualTo(Stage.HANDSHAKE_COMPLETE);
    assertThat(outcome.leaf()).matches(ChallengeConnectionContract::isChallengeCertificate);
    assertThat(outcome.protocol()).isEqualTo(ACME_TLS);
    assertThat(outcome.clientCertificate()).isEqualTo(ClientCertificate.NOT_WANTED);
    assertThat(outcome.answer()).isEmpty();
    assertThat(visits()).isZero();
  }

  /** What a CA would not say either, but which leads to the challenge all the same. */
  static Stream<Hello> secondHellosForTheChallenge() {
    return Stream.of(
        Hello.tls13(NAME, "http/1.1", ACME_TLS),
        Hello.tls13(NAME, ACME_TLS, "h2"),
        Hello.tls13(null, ACME_TLS)); // the JDK then keeps the name of the first one
  }

  @ParameterizedTest
  @MethodSource("secondHellosForTheChallenge")
  void whatElseIsInTheSecondHelloChangesNothing(Hello second) throws Exception {
    Outcome outcome = RawClient.sayTwice(server.httpsPort(), Hello.tls13(NAME, ACME_TLS), second);

    assertThat(outcome.protocol()).isEqualTo(ACME_TLS);
    assertThat(outcome.leaf()).matches(ChallengeConnectionContract::isChallengeCertificate);
    assertThat(outcome.answer()).isEmpty();
    assertThat(visits()).isZero();
  }

  /** What a visitor may say before he claims to be a CA. */
  static Stream<Hello> firstHellos() {
    return Stream.of(
        Hello.tls13(NAME),
        Hello.tls13(NAME, "http/1.1"),
        Hello.tls13(NAME, ACME_TLS, "http/1.1"),
        Hello.tls13(OTHER, "http/1.1"),
        Hello.tls13(null));
  }

  @ParameterizedTest
  @MethodSource("firstHellos")
  void whoBeginsAsAVisitorIsNeverTakenForACa(Hello first) throws Exception {
    Outcome outcome = RawClient.sayTwice(server.httpsPort(), first, Hello.tls13(NAME, ACME_TLS));

    assertThat(outcome.leaf()).isIn(certificate.leaf(), null);
    assertThat(outcome.protocol()).isNotEqualTo(ACME_TLS);
    if (outcome.stage() == Stage.HANDSHAKE_COMPLETE) {
      assertThat(outcome.clientCertificate()).isEqualTo(ClientCertificate.WANTED);
    }
    assertThat(outcome.answer()).isEmpty();
    assertThat(visits()).isZero();
  }

  @Test
  void aVisitorWhoHasToSayHelloTwiceIsAskedForACertificate() throws Exception {
    Hello hello = Hello.tls13(NAME, "http/1.1");

    Outcome outcome = RawClient.sayTwice(server.httpsPort(), hello, hello);

    assertThat(outcome.leaf()).isEqualTo(certificate.leaf());
    assertThat(outcome.clientCertificate()).isEqualTo(ClientCertificate.WANTED);
    assertThat(outcome.answer()).isEmpty();
    assertThat(visits()).isZero();
  }

  @Test
  void aSecondHelloForAnotherHostIsRefused() throws Exception {
    Outcome outcome =
        RawClient.sayTwice(
            server.httpsPort(), Hello.tls13(OTHER, "http/1.1"), Hello.tls13(NAME, "http/1.1"));

    assertThat(outcome.stage()).isEqualTo(Stage.REFUSED_SECOND_HELLO);
  }

  @Test
  void aChallengeLeavesNoSessionThatComesIn() throws Exception {
    Visitor returning = stranger.returning();

    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      returning.handshake(server.httpsPort(), new Hello(NAME, List.of(version), List.of(ACME_TLS)));

      for (List<String> protocols : List.of(List.<String>of(), List.of("http/1.1"))) {
        Hello visit = new Hello(NAME, List.of(version), protocols);
        assertThatThrownBy(() -> returning.handshake(server.httpsPort(), visit))
            .as("%s", visit)
            .isInstanceOf(IOException.class);
      }
    }
    assertThat(visits()).isZero();
  }

  @Test
  void aChallengeIsNotRenegotiatedIntoAVisit() {
    assertThatThrownBy(
            () ->
                stranger.renegotiate(
                    server.httpsPort(), Hello.tls12(NAME, ACME_TLS), Hello.tls12(NAME, "http/1.1")))
        .isInstanceOf(IOException.class);
    assertThat(visits()).isZero();
  }

  @Test
  void aHelloForAChallengeMayComeInSmallPieces() throws Exception {
    Handshake validation =
        stranger.inSmallPieces().handshake(server.httpsPort(), Hello.tls13(NAME, ACME_TLS));

    assertThat(validation.leaf()).matches(ChallengeConnectionContract::isChallengeCertificate);
  }

  /** RFC 8737 §3: the extension that only challenge certificates have. */
  private static boolean isChallengeCertificate(X509Certificate certificate) {
    return certificate.getCriticalExtensionOIDs().contains("1.3.6.1.5.5.7.1.31");
  }
}

package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus;
import io.autotls.CertificateStatus.Serving;
import io.autotls.KeyType;
import io.autotls.Role;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.testing.simulation.WithCheapKeys;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may change while an application runs, and what a node may be. */
@WithCheapKeys
class RunTimeTest {
  private static final CertificateSpec OTHER = CertificateSpec.of("other.example");

  private final Harness h = new Harness();

  @Test
  void aCertificateThatIsAddedIsObtained() {
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(1));

    tls.add(OTHER);
    tls.add(OTHER);
    h.advance(Duration.ofSeconds(5));

    assertThat(h.isServed(tls, "other.example")).isTrue();
    assertThat(h.served(tls, "other.example").names()).containsExactly("other.example");
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  @DisplayName("PD64: what is removed is served for the grace period, and never renewed")
  void whatIsRemovedIsServedForAWhile() {
    AutoTls tls =
        h.builder(h.issuer.node())
            .certificate(SPEC)
            .certificate(OTHER)
            .gracePeriod(Duration.ofDays(3))
            .enable();
    h.advance(Duration.ofMinutes(1));
    Credential other = h.served(tls, "other.example");

    assertThat(tls.remove(OTHER)).isTrue();
    assertThat(tls.remove(OTHER)).isFalse();
    h.advance(Duration.ofDays(2));
    assertThat(h.served(tls, "other.example")).isEqualTo(other);
    h.advance(Duration.ofDays(2));

    assertThat(tls.status("other.example")).isEmpty();
    assertThat(h.served(tls, "other.example")).isNotEqualTo(other);
    assertThat(h.events(AutoTlsEvent.Removed.class)).hasSize(1);
    h.advance(Duration.ofDays(100));
    assertThat(h.issuer.orders()).hasSize(3); // one of them for the other name
  }

  @Test
  void whatIsRemovedAndWantedAgainStays() {
    AutoTls tls = h.builder(h.issuer.node()).certificate(SPEC).certificate(OTHER).enable();
    h.advance(Duration.ofMinutes(1));
    tls.remove(OTHER);
    h.advance(Duration.ofDays(1));

    tls.add(OTHER);
    h.advance(Duration.ofDays(65));

    assertThat(h.isServed(tls, "other.example")).isTrue();
    assertThat(h.issuer.orders()).hasSize(4);
  }

  @Test
  void recordsThatNobodyWantsAreDeletedLongAfterTheirEnd() throws Exception {
    AutoTls both = h.builder(h.issuer.node()).certificate(SPEC).certificate(OTHER).enable();
    h.advance(Duration.ofMinutes(1));
    both.close();
    h.node();

    h.advance(Duration.ofDays(90 + 30));
    assertThat(h.keys("certificates/")).hasSize(2);
    h.advance(Duration.ofDays(10));

    assertThat(h.keys("certificates/")).containsExactly("certificates/" + SPEC.id());
  }

  @Test
  void recordsThatAnotherNodeWantsStay() throws Exception {
    ScriptedIssuer failing = new ScriptedIssuer();
    h.builder(failing.node()).certificate(OTHER).enable();
    h.advance(Duration.ofMinutes(1));
    failing.failsAlways(failure(Reaction.RETRY_ATTEMPT));
    h.node();

    h.advance(Duration.ofDays(200));

    assertThat(h.keys("certificates/")).hasSize(2);
  }

  @Test
  void aNameThatIsAddedToACertificateDoesNotTakeItFromTheOthers() {
    AutoTls before = h.node();
    h.advance(Duration.ofMinutes(1));
    Credential old = h.served(before);
    before.close();
    h.issuer.waits(Duration.ofHours(1));

    AutoTls after = h.builder(h.issuer.node()).domains("example.com", "www.example.com").enable();

    assertThat(h.served(after)).isEqualTo(old);
    assertThat(h.served(after, "www.example.com")).isEqualTo(h.served(after)); // the default
    h.advance(Duration.ofHours(2));
    assertThat(h.served(after).names()).containsExactly("example.com", "www.example.com");
    assertThat(h.served(after, "www.example.com")).isEqualTo(h.served(after));
  }

  @Test
  void renewNowRenewsNow() {
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(1));
    Credential before = h.served(tls);

    tls.renewNow("EXAMPLE.com");
    h.advance(Duration.ofSeconds(5));

    assertThat(h.served(tls)).isNotEqualTo(before);
    assertThat(h.issuer.orders()).hasSize(2);
    h.advance(Duration.ofDays(30));
    assertThat(h.issuer.orders()).hasSize(2);
    assertThatThrownBy(() -> tls.renewNow("unknown.example"))
        .hasMessageContaining("no certificate was asked for unknown.example");
  }

  @Test
  void whatWasRemovedHasNoNextStep() {
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(5));

    tls.remove(Harness.SPEC);
    h.advance(Duration.ofMinutes(1));

    assertThat(tls.statuses().toString()).doesNotContain("9999");
  }

  @Test
  void whatSomebodyWishedForIsTriedUntilItWorks() {
    AtomicReference<Duration> suggested = new AtomicReference<>(Duration.ofDays(40));
    h.issuer.suggests(
        certificate -> {
          Instant start = certificate.getNotBefore().toInstant().plus(suggested.get());
          return Optional.of(Harness.window(start, start.plus(Duration.ofDays(2))));
        });
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(5));
    Credential before = h.served(tls);
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));

    tls.renewNow("example.com");
    h.advance(Duration.ofMinutes(1));
    assertThat(h.status(tls).reason()).isEqualTo("the last attempt failed");
    tls.close();
    AutoTls restarted = h.node();
    suggested.set(Duration.ofDays(50)); // which is no reason to forget the wish
    h.advance(Duration.ofDays(2));
    assertThat(h.served(restarted)).isEqualTo(before);
    h.issuer.works();
    h.advance(Duration.ofDays(2));

    assertThat(h.served(restarted)).isNotEqualTo(before);
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whoAsksForARenewalWhileTheCaIsDownWaitsForItToComeBack() {
    AutoTls tls = h.builder(h.issuer.node()).certificates(Harness.specs("one", 5)).enable();
    h.advance(Duration.ofMinutes(1));
    h.issuer.failsAlways(failure(Reaction.RETRY_STEP));

    for (CertificateStatus status : tls.statuses()) {
      tls.renewNow(status.spec().names().get(0));
    }
    h.advance(Duration.ofHours(1));
    assertThat(h.issuer.orders()).hasSize(5);
    h.issuer.works();
    h.advance(Duration.ofHours(1));

    assertThat(h.issuer.orders()).hasSize(10);
  }

  @Test
  void aWishThatCameBeforeTheStorageWasReadIsGranted() {
    h.issuer.failsOnce(failure(Reaction.OPERATOR));
    AutoTls before = h.node();
    h.advance(Duration.ofSeconds(1));
    before.close();
    FaultyStorage storage = new FaultyStorage(h.store);
    storage.goesDown();
    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(SPEC).enable();
    h.advance(Duration.ofSeconds(1));

    tls.renewNow("example.com");
    storage.comesBack();
    h.advance(Duration.ofMinutes(5));

    assertThat(h.isServed(tls, "example.com")).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"RETRY_STEP", "RETRY_ATTEMPT", "WAIT", "OPERATOR", "PAUSED"})
  @DisplayName("Whoever configures another CA does not wait for what the one before wanted")
  void anotherCaIsAskedAtTheNextStart(Reaction reaction) {
    ScriptedIssuer before = new ScriptedIssuer().failsAlways(failure(reaction, Duration.ofDays(1)));
    AutoTls first = h.node(before.node("before"));
    h.advance(Duration.ofMinutes(1));
    first.close();

    AutoTls second = h.node();
    h.advance(Duration.ofMinutes(3));

    assertThat(h.isServed(second, "example.com")).isTrue();
  }

  @Test
  void aFollowerServesWhatOthersObtainAndWritesNothing() {
    FaultyStorage storage =
        new FaultyStorage(h.store)
            .onWrite(
                (key, count) -> {
                  throw new AssertionError("a follower wrote " + key);
                });
    AutoTls follower =
        AutoTls.builder()
            .certificate(SPEC)
            .storage(storage)
            .issuer(h.issuer.node())
            .role(Role.FOLLOWER)
            .time(h.time)
            .executor(h.time)
            .enable();
    h.advance(Duration.ofDays(1));
    assertThat(h.issuer.orders()).isEmpty();

    h.node();
    h.advance(Duration.ofSeconds(10));
    assertThat(h.isServed(follower, "example.com")).isTrue();
    h.advance(Duration.ofDays(61));

    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.served(follower).notAfter()).isAfter(Harness.START.plus(Duration.ofDays(140)));
    assertThat(follower.explain("example.com")).contains("this node only follows");
    assertThat(storage.writes()).isZero();
  }

  @Test
  @Tag("G13")
  void ecdsaAndRsaStandSideBySide() {
    AutoTls tls =
        h.builder(h.issuer.node())
            .keyTypes(KeyType.EC_P256, KeyType.RSA_2048)
            .domains("example.com")
            .enable();
    h.advance(Duration.ofMinutes(1));

    assertThat(tls.statuses()).hasSize(2).allMatch(s -> s.serving() == Serving.CERTIFICATE);
    assertThat(tls.statuses().stream().map(s -> s.spec().keyType()))
        .containsExactly(KeyType.EC_P256, KeyType.RSA_2048);
    assertThat(tls.explain("example.com")).contains("rsa-2048").contains("Worked on by: nobody");
  }

  @Test
  void explainTellsWhoWorksOnIt() {
    AutoTls other = h.node();
    h.issuer.beforeStep(
        step -> {
          h.issuer.beforeStep(again -> {});
          assertThat(other.explain("example.com")).contains("Worked on by: this node");
        });

    h.advance(Duration.ofMinutes(1));

    assertThat(other.explain("example.com"))
        .contains("Serves: a certificate valid until 2027-02-2")
        .contains("Issued by: Scripted CA")
        .contains("because a share of the certificate's life has passed by then");
    assertThat(other.explain("unknown.example")).contains("No certificate was asked for");
  }

  @Test
  void whatSomebodyWishedForIsExplainedAsThat() {
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(5));

    tls.renewNow("example.com");

    assertThat(tls.explain("example.com")).contains("because somebody asked for a new one");
  }

  @Test
  void whatWaitedForASolverGoesOnWhenOneIsReady() {
    AwaitedSolver solver = new AwaitedSolver();
    AutoTls tls =
        AutoTls.builder()
            .certificates(Harness.specs("n", 20))
            .storage(h.store)
            .issuer(h.issuer.node())
            .solver(solver)
            .time(h.time)
            .executor(h.time)
            .enable();
    h.advance(Duration.ofSeconds(30));
    assertThat(h.issuer.orders()).isEmpty();
    assertThat(tls.statuses()).allMatch(s -> s.waitsFor().equals(Optional.of("port 80 is closed")));

    solver.becomesReady();
    h.advance(Duration.ofSeconds(5));

    assertThat(tls.statuses()).allMatch(s -> s.serving() == Serving.CERTIFICATE);
  }

  @Test
  void aServerThatStartsWithinTenSecondsIsNoNews() {
    AwaitedSolver solver = new AwaitedSolver();
    waitingFor(solver, 20);
    h.advance(Duration.ofSeconds(9));

    solver.becomesReady();
    h.advance(Duration.ofMinutes(5));

    assertThat(h.events(AutoTlsEvent.Issued.class)).hasSize(20);
    assertThat(h.events(AutoTlsEvent.Blocked.class)).isEmpty();
  }

  @Test
  void aServerThatDoesNotStartIsToldOnceForEachCertificate() {
    AwaitedSolver solver = new AwaitedSolver();
    waitingFor(solver, 3);

    h.advance(Duration.ofMinutes(10));

    assertThat(h.events(AutoTlsEvent.Blocked.class))
        .hasSize(3)
        .allMatch(event -> event.at().equals(Harness.START.plusSeconds(10)))
        .allMatch(event -> event.reason().equals("port 80 is closed"));
  }

  @Test
  void anotherReasonIsToldWhenItHasLastedToo() {
    AwaitedSolver solver = new AwaitedSolver();
    waitingFor(solver, 1);
    h.advance(Duration.ofSeconds(15));

    solver.waitsFor("port 80 is being opened");
    h.advance(Duration.ofSeconds(9));
    assertThat(h.events(AutoTlsEvent.Blocked.class)).hasSize(1);
    h.advance(Duration.ofSeconds(2));

    assertThat(h.events(AutoTlsEvent.Blocked.class))
        .extracting(AutoTlsEvent.Blocked::reason)
        .containsExactly("port 80 is closed", "port 80 is being opened");
  }

  private AutoTls waitingFor(AwaitedSolver solver, int certificates) {
    return AutoTls.builder()
        .certificates(Harness.specs("n", certificates))
        .storage(h.store)
        .issuer(h.issuer.node())
        .solver(solver)
        .listener(h.events::add)
        .time(h.time)
        .executor(h.time)
        .enable();
  }

  @Test
  void aServerThatStartsJustWhileSomebodyLooksIsNotMissed() {
    AutoTls tls =
        AutoTls.builder()
            .domains("example.com")
            .storage(h.store)
            .issuer(h.issuer.node())
            .solver(new AwaitedSolver().readyAsSoonAsItIsAsked())
            .time(h.time)
            .executor(h.time)
            .enable();

    h.advance(Duration.ofSeconds(5));

    assertThat(tls.status("example.com").orElseThrow().serving()).isEqualTo(Serving.CERTIFICATE);
  }
}

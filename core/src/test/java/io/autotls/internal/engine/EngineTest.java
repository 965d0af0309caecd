package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus.Serving;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.VirtualTime;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine on a virtual clock, with a scripted issuer and a store that outlives the nodes. */
class EngineTest {
  private static final Instant START = Instant.parse("2026-11-24T00:00:00Z");
  private static final CertificateSpec SPEC = CertificateSpec.of("example.com");
  private static final Key RECORD = Key.of("certificates/" + SPEC.id());

  private final VirtualTime time = VirtualTime.startingAt(START);
  private final MemoryStorage store = MemoryStorage.create();
  private final ScriptedIssuer issuer = new ScriptedIssuer();
  private final List<AutoTlsEvent> events = new ArrayList<>();

  private AutoTls node() {
    return node(new FaultyStorage(store), issuer.node());
  }

  private AutoTls node(FaultyStorage storage, Issuer... issuers) {
    AutoTls.Builder builder =
        AutoTls.builder()
            .certificate(SPEC)
            .storage(storage)
            .solver(new ReadySolver())
            .listener(events::add)
            .time(time)
            .executor(time);
    for (Issuer one : issuers) {
      builder.issuer(one);
    }
    return builder.enable();
  }

  private Credential served(AutoTls tls) {
    return tls.keyring().find("example.com");
  }

  private boolean servesPlaceholder(AutoTls tls) {
    return tls.status("example.com").orElseThrow().serving() == Serving.PLACEHOLDER;
  }

  private String record() throws IOException {
    return new String(store.read(RECORD).orElseThrow().value(), StandardCharsets.UTF_8);
  }

  private static IssuerException failure(Reaction reaction) {
    return new IssuerException(reaction, "it did not work.", "do this.", null);
  }

  @Test
  void visitorsGetAPlaceholderUntilTheFirstCertificateIsThere() {
    AutoTls tls = node();

    assertThat(servesPlaceholder(tls)).isTrue();
    assertThat(served(tls).isValidAt(START)).isTrue();
    assertThat(tls.ready()).isNotDone();
    time.advance(Duration.ofSeconds(5));

    assertThat(tls.ready()).isCompleted();
    assertThat(served(tls).names()).containsExactly("example.com");
    assertThat(events.get(0)).isInstanceOf(AutoTlsEvent.Issued.class);
  }

  @Test
  @Tag("FT38")
  @Tag("G8")
  void aStoredCertificateIsServedBeforeEnableReturns() {
    node().close();
    AutoTls first = node();
    time.advance(Duration.ofSeconds(30));
    Credential before = served(first);
    first.close();

    AutoTls second = node();

    assertThat(served(second).alias()).isEqualTo(before.alias());
    assertThat(second.ready()).isCompleted();
    time.advance(Duration.ofDays(1));
    assertThat(issuer.orders()).hasSize(1);
  }

  @Test
  @Tag("FT38")
  @Tag("G31")
  void anExpiredCertificateIsServedUntilThereIsABetterOne() {
    AutoTls first = node();
    time.advance(Duration.ofSeconds(5));
    first.close();
    time.advance(Duration.ofDays(100));
    issuer.failsAlways(failure(Reaction.RETRY_STEP));

    AutoTls second = node();
    time.advance(Duration.ofHours(1));

    assertThat(second.status("example.com").orElseThrow().serving())
        .isEqualTo(Serving.EXPIRED_CERTIFICATE);
    issuer.works();
    time.advance(Duration.ofHours(1));
    assertThat(second.status("example.com").orElseThrow().serving()).isEqualTo(Serving.CERTIFICATE);
  }

  @Test
  @Tag("I9")
  @Tag("G16")
  void renewalComesWithAThirdOfTheLifeLeft() {
    AutoTls tls = node();
    time.advance(Duration.ofSeconds(5));

    time.advance(Duration.ofDays(58));
    assertThat(issuer.orders()).hasSize(1);
    time.advance(Duration.ofDays(3));

    assertThat(issuer.orders()).hasSize(2);
    assertThat(tls.status("example.com").orElseThrow().notAfter().orElseThrow())
        .isAfter(START.plus(Duration.ofDays(145)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT20S", "PT1H", "P6D", "P45D", "P90D", "P200D", "P3650D"})
  @Tag("FT36")
  @Tag("PD48")
  void everyLifetimeIsRenewedInTimeAndNotTooOften(Duration life) {
    issuer.lifetime(life).waits(Duration.ofMillis(100));
    AutoTls tls = node();
    time.advance(Duration.ofMillis(200));

    for (int i = 0; i < 1000; i++) {
      time.advance(life.dividedBy(100));
      assertThat(served(tls).isValidAt(time.instant())).isTrue();
    }

    assertThat(issuer.orders())
        // Ten lives, renewed at two thirds or, the spread included, shortly before a half. What a
        // certificate says is in whole seconds, which makes a life of twenty of them shorter.
        .hasSizeBetween(12, 24);
  }

  @Test
  @Tag("PD9")
  @Tag("G19")
  @Tag("G23")
  void aFailedRenewalKeepsTheCertificateInServiceAndIsTriedAgainLikeLetsEncryptAsks() {
    AutoTls tls = node();
    time.advance(Duration.ofSeconds(5));
    Credential before = served(tls);
    issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));

    time.advance(Duration.ofDays(75));

    assertThat(served(tls).alias()).isEqualTo(before.alias());
    assertThat(issuer.refusals()).hasSizeBetween(15, 60); // about two a day, by chance
    assertThat(
            issuer.refusals().stream()
                .filter(at -> at.isAfter(time.instant().minus(Duration.ofHours(1)))))
        .hasSizeLessThanOrEqualTo(5);
    assertThat(tls.status("example.com").orElseThrow().lastProblem().orElseThrow().toString())
        .contains("it did not work")
        .contains("stays in use (until 2027-02-2")
        .contains("next attempt at 20")
        .contains("do this");
    issuer.works();
    time.advance(Duration.ofDays(2));
    assertThat(served(tls).alias()).isNotEqualTo(before.alias());
    assertThat(tls.status("example.com").orElseThrow().lastProblem()).isEmpty();
  }

  @Test
  @Tag("F5")
  void theKeyIsStoredBeforeTheIssuerHearsOfIt() {
    List<String> seen = new ArrayList<>();
    issuer.beforeStep(
        step -> {
          try {
            seen.add(record());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });

    node();
    time.advance(Duration.ofSeconds(5));

    assertThat(seen).hasSize(3).allSatisfy(text -> assertThat(text).contains("Section: pending"));
    assertThat(issuer.steps().stream().map(step -> step.keyPair().getPublic()).distinct())
        .hasSize(1);
  }

  @Test
  @Tag("FT39")
  @Tag("PD1")
  @Tag("G26")
  void aCrashAfterAnyWriteNeitherOrdersTwiceNorLosesTheCertificate() throws IOException {
    int writes = 0;
    boolean crashed = true;
    for (int crashAt = 0; crashed; crashAt++) {
      MemoryStorage fresh = MemoryStorage.create();
      ScriptedIssuer ca = new ScriptedIssuer();
      int last = crashAt;
      FaultyStorage dying =
          new FaultyStorage(fresh)
              .onWrite(
                  (key, count) -> {
                    if (count >= last) {
                      throw new IOException("power cut");
                    }
                  });
      AutoTls first = node(dying, ca.node());
      time.advance(Duration.ofSeconds(5));
      crashed = dying.writes() > crashAt;
      dying.goesDown();
      first.close();
      int ordersStored = fresh.read(RECORD).map(EngineTest::hasOrder).orElse(false) ? 1 : 0;
      int before = ca.orders().size();

      AutoTls second = node(new FaultyStorage(fresh), ca.node());
      time.advance(Duration.ofMinutes(2));

      assertThat(servesPlaceholder(second)).as("after a crash at write %d", crashAt).isFalse();
      assertThat(ca.orders().size() - before)
          .as("orders after a crash at write %d", crashAt)
          .isEqualTo(1 - ordersStored);
      second.close();
      writes = crashAt;
    }
    assertThat(writes).isGreaterThan(4);
  }

  private static boolean hasOrder(Entry entry) {
    String text = new String(entry.value(), StandardCharsets.UTF_8);
    return text.contains("Job-State-phase") || text.contains("Section: current");
  }

  @Test
  @Tag("FT40")
  @Tag("PD69")
  @Tag("G30")
  void ofThreeNodesOneIssuesAndAllServe() {
    List<AutoTls> nodes = List.of(node(), node(), node());

    time.advance(Duration.ofMinutes(2));

    assertThat(issuer.orders()).hasSize(1);
    assertThat(nodes.stream().map(tls -> served(tls).alias()).distinct()).hasSize(1);
    assertThat(nodes).noneMatch(this::servesPlaceholder);
  }

  @Test
  @Tag("FT40")
  void anotherNodeGoesOnWhenTheFirstOneDies() {
    FaultyStorage dying = new FaultyStorage(store);
    node(dying, issuer.node());
    time.advance(Duration.ofSeconds(1)); // ordered, and waits
    dying.goesDown();

    AutoTls second = node();
    time.advance(Duration.ofSeconds(30));

    assertThat(issuer.orders()).hasSize(1);
    assertThat(servesPlaceholder(second)).isFalse();
  }

  @Test
  @Tag("FT40")
  void aNodeThatWasOvertakenOverwritesNothing() throws IOException {
    issuer.beforeStep(
        step -> {
          if ("download".equals(step.state().get("phase"))) {
            try { // while this node is paused, another one writes
              Entry now = store.read(RECORD).orElseThrow();
              store.write(RECORD, now.value(), now.version());
              issuer.beforeStep(again -> {});
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          }
        });

    AutoTls tls = node();
    time.advance(Duration.ofSeconds(5));

    assertThat(servesPlaceholder(tls)).isFalse();
    assertThat(issuer.orders()).hasSize(1);
    assertThat(issuer.steps().stream().filter(step -> "download".equals(step.state().get("phase"))))
        .hasSize(2);
  }

  @Test
  @Tag("R6")
  @Tag("PD16")
  void waitingHoldsNoLease() throws IOException {
    issuer.waits(Duration.ofMinutes(10));

    node();
    time.advance(Duration.ofMinutes(1));

    assertThat(issuer.orders()).hasSize(1);
    assertThat(Harness.keys(store, "leases/")).isEmpty();
  }

  @Test
  void thePreviousGenerationStaysInTheRecord() throws IOException {
    AutoTls tls = node();
    time.advance(Duration.ofSeconds(5));
    String serial = served(tls).leaf().getSerialNumber().toString(16);

    time.advance(Duration.ofDays(61));

    assertThat(record())
        .contains("Previous-Serial: " + serial + "\n")
        .contains("Section: previous");
  }

  @Test
  @Tag("FT39")
  @Tag("PD24")
  void aRecordCutOffAnywhereStillServesWhatIsInIt() throws IOException {
    AutoTls first = node();
    time.advance(Duration.ofDays(61));
    String current = served(first).alias();
    first.close();
    byte[] whole = store.read(RECORD).orElseThrow().value();
    String text = new String(whole, StandardCharsets.UTF_8);
    int currentEnds = text.indexOf("Section: previous");
    int withoutLastLineBreak = whole.length - 1; // nothing is lost without that one

    for (int length = 0; length < withoutLastLineBreak; length += 37) {
      MemoryStorage torn = MemoryStorage.create();
      torn.write(RECORD, Arrays.copyOf(whole, length), Version.NONE);
      AutoTls second = node(new FaultyStorage(torn), issuer.node());

      if (length >= currentEnds) {
        assertThat(served(second).alias()).as("cut at %d", length).isEqualTo(current);
      }
      time.advance(Duration.ofSeconds(5));
      assertThat(servesPlaceholder(second)).as("cut at %d", length).isFalse();
      assertThat(Harness.keys(torn, "damaged/")).as("cut at %d", length).hasSize(1);
      second.close();
    }
  }

  @Test
  void aDamagedRecordIsReported() throws IOException {
    store.write(RECORD, "somebody's shopping list".getBytes(StandardCharsets.UTF_8), Version.NONE);

    node();
    time.runUntilIdle();

    assertThat(((AutoTlsEvent.Failed) events.get(0)).problem().toString())
        .contains(RECORD.name())
        .contains("it is not a record of AutoTls")
        .contains("damaged/" + SPEC.id());
  }

  @Test
  @Tag("R5")
  @Tag("FT6")
  void whatTheCaAsksForHoldsAcrossARestart() {
    issuer.failsOnce(
        new IssuerException(Reaction.WAIT, "rate limited.", "nothing.", Duration.ofHours(3), null));
    AutoTls first = node();
    time.advance(Duration.ofHours(1));
    first.close();

    node();
    time.advance(Duration.ofMinutes(119));
    assertThat(issuer.orders()).isEmpty();
    time.advance(Duration.ofMinutes(30));

    assertThat(issuer.orders()).hasSize(1);
  }

  @Test
  void aRestartMakesAnotherTryWhenAPersonHadSomethingToMend() {
    issuer.failsOnce(failure(Reaction.OPERATOR));
    AutoTls first = node();
    time.advance(Duration.ofMinutes(15));
    assertThat(issuer.orders()).isEmpty();
    first.close();

    node();
    time.advance(Duration.ofSeconds(10));

    assertThat(issuer.orders()).hasSize(1);
  }

  @Test
  @Tag("PD36")
  void theNextIssuerIsAskedWhenTheFirstOneKeepsFailing() {
    ScriptedIssuer broken = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_ATTEMPT));

    AutoTls tls = node(new FaultyStorage(store), broken.node("broken"), issuer.node("good"));
    time.advance(Duration.ofHours(1));

    assertThat(broken.refusals()).hasSize(2);
    assertThat(servesPlaceholder(tls)).isFalse();
  }

  @Test
  void aStoreThatIsDownStopsNothingButTheWork() {
    AutoTls first = node();
    time.advance(Duration.ofSeconds(5));
    first.close();
    FaultyStorage storage = new FaultyStorage(store);
    AutoTls second = node(storage, issuer.node());
    Credential before = served(second);
    storage.goesDown();
    events.clear();

    time.advance(Duration.ofDays(61));
    assertThat(served(second).alias()).isEqualTo(before.alias());
    assertThat(events).isNotEmpty().hasSizeLessThan(500);
    assertThat(issuer.orders()).hasSize(1);
    storage.comesBack();
    time.advance(Duration.ofHours(1));

    assertThat(issuer.orders()).hasSize(2);
  }

  @Test
  @Tag("G25")
  @Tag("G32")
  void aStartWithoutStorageServesThePlaceholderAndSaysWhy() {
    FaultyStorage storage = new FaultyStorage(store);
    storage.goesDown();

    AutoTls tls = node(storage, issuer.node());
    time.runUntilIdle();
    assertThat(servesPlaceholder(tls)).isTrue();
    assertThat(((AutoTlsEvent.Failed) events.get(0)).problem().what())
        .contains("the store is down");
    storage.comesBack();
    time.advance(Duration.ofMinutes(1));

    assertThat(servesPlaceholder(tls)).isFalse();
  }

  @Test
  void aLostAnswerOfTheStoreIsNoFailure() {
    FaultyStorage storage = new FaultyStorage(store);
    storage.losesAnswers();

    AutoTls tls = node(storage, issuer.node());
    time.advance(Duration.ofSeconds(5));

    assertThat(servesPlaceholder(tls)).isFalse();
    assertThat(events).noneMatch(AutoTlsEvent.Failed.class::isInstance);
  }

  @Test
  @Tag("PD5")
  void whatAnIssuerThrowsByMistakeHarmsNobody() {
    issuer.beforeStep(
        step -> {
          issuer.beforeStep(again -> {});
          throw new AssertionError("a bug");
        });

    AutoTls tls = node();
    time.advance(Duration.ofMinutes(2));

    assertThat(servesPlaceholder(tls)).isFalse();
  }

  @Test
  @Tag("PD5")
  void aListenerThatThrowsHarmsNobody() {
    AutoTls tls =
        AutoTls.builder()
            .certificate(SPEC)
            .storage(new FaultyStorage(store))
            .issuer(issuer.node())
            .solver(new ReadySolver())
            .listener(
                event -> {
                  throw new IllegalStateException("a bug of the application");
                })
            .time(time)
            .executor(time)
            .enable();

    time.advance(Duration.ofSeconds(5));

    assertThat(tls.ready()).isCompleted();
  }

  @Test
  @Tag("PD35")
  void twoInstancesKnowNothingOfEachOther() {
    ScriptedIssuer other = new ScriptedIssuer();
    AutoTls a = node();
    AutoTls b = node(new FaultyStorage(MemoryStorage.create()), other.node("other"));
    time.advance(Duration.ofSeconds(5));

    a.close();
    time.advance(Duration.ofDays(61));

    assertThat(served(a).alias()).isNotEqualTo(served(b).alias());
    assertThat(issuer.orders()).hasSize(1);
    assertThat(other.orders()).hasSize(2);
  }

  @Test
  @Tag("FT37")
  void clockJumpsDoNotLoseARenewal() {
    AutoTls tls = node();
    time.advance(Duration.ofSeconds(5));
    Credential before = served(tls);

    time.jump(Duration.ofDays(61));
    time.advance(Duration.ofMinutes(12));

    assertThat(served(tls).alias()).isNotEqualTo(before.alias());
  }

  @Test
  void aCertificateOfAnIssuerThatIsNotConfiguredAnyMoreIsReplaced() {
    AutoTls first = node(new FaultyStorage(store), issuer.node("staging"));
    time.advance(Duration.ofSeconds(5));
    Credential before = served(first);
    first.close();

    AutoTls second = node(new FaultyStorage(store), issuer.node("production"));
    assertThat(served(second).alias()).isEqualTo(before.alias());
    time.advance(Duration.ofSeconds(30));

    assertThat(served(second).alias()).isNotEqualTo(before.alias());
    assertThat(issuer.orders()).hasSize(2);
  }

  @Test
  void noSecretIsInAnyText() throws IOException {
    AutoTls tls = node();
    time.advance(Duration.ofSeconds(5));

    String key =
        record()
            .lines()
            .dropWhile(line -> !line.contains("BEGIN PRIVATE"))
            .skip(1)
            .findFirst()
            .orElseThrow();
    assertThat(tls.status("example.com").orElseThrow().toString()).doesNotContain(key);
    assertThat(served(tls).toString()).doesNotContain(key);
    assertThat(issuer.steps().toString()).doesNotContain(key);
    assertThat(events.toString()).doesNotContain(key);
    assertThat(store.read(RECORD).orElseThrow().toString()).doesNotContain(key);
  }

  @Test
  void theSameCertificateTwiceIsAMistake() {
    AutoTls.Builder builder =
        AutoTls.builder()
            .domains("a.example", "b.example")
            .domains("B.example", "a.example")
            .issuer(issuer.node())
            .storage(new FaultyStorage(store))
            .solver(new ReadySolver());

    assertThatThrownBy(builder::enable).hasMessageContaining("asked for twice");
  }
}

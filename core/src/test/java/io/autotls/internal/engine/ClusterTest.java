package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus.Serving;
import io.autotls.Role;
import io.autotls.spi.ConflictException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.LeaseLostException;
import io.autotls.spi.Version;
import io.autotls.testing.simulation.WithCheapKeys;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several nodes on one storage. */
@WithCheapKeys
class ClusterTest {
  private final Harness h = new Harness();

  @Test
  @DisplayName("PD69: ten nodes start at once, and order once")
  void tenNodesOrderOnce() {
    List<AutoTls> nodes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      nodes.add(h.node());
    }

    h.advance(Duration.ofMinutes(2));

    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(nodes).allMatch(tls -> h.isServed(tls, "example.com"));
    assertThat(nodes).allMatch(tls -> tls.ready().isDone());
  }

  @Test
  @Tag("G29")
  @Tag("G30")
  void fiveNodesOrderAHundredNamesOnceEach() {
    List<CertificateSpec> specs = Harness.specs("n", 100);
    for (int i = 0; i < 5; i++) {
      h.builder(h.issuer.node()).certificates(specs).enable();
    }

    h.advance(Duration.ofMinutes(5));

    assertThat(h.issuer.orders()).hasSize(100);
    h.advance(Duration.ofDays(61));
    assertThat(h.issuer.orders()).hasSize(200);
  }

  @Test
  @DisplayName(
      "PD16: while a name backs off nobody holds it, and another node takes the next attempt")
  void anotherNodeTakesTheNextAttempt() throws IOException {
    h.issuer.failsOnce(failure(Reaction.RETRY_ATTEMPT, Duration.ofMinutes(30)));
    AutoTls first = h.node();
    h.advance(Duration.ofMinutes(5));
    assertThat(h.keys("leases/")).isEmpty();
    first.close();

    AutoTls second = h.node();
    h.advance(Duration.ofMinutes(24));
    assertThat(h.issuer.orders()).isEmpty();
    h.advance(Duration.ofMinutes(10));

    assertThat(h.isServed(second, "example.com")).isTrue();
  }

  @Test
  void aTryAfterARestartIsNotMadeOnceAnotherNodeHasSucceeded() {
    h.issuer.failsOnce(failure(Reaction.OPERATOR, Duration.ofMinutes(1)));
    AutoTls first = h.node();
    h.advance(Duration.ofMinutes(1));
    AutoTls restarted =
        h.node(); // was told that a person had to mend something: looks in 9 minutes
    first.renewNow("example.com");
    h.advance(Duration.ofMinutes(2));
    assertThat(h.isServed(restarted, "example.com")).isTrue();

    h.advance(Duration.ofHours(1));

    assertThat(h.issuer.orders()).hasSize(1);
  }

  @Test
  @DisplayName("PD17: a validation of twenty minutes is one order, whoever looks after it")
  void aLongValidationIsOneOrder() {
    h.issuer.waits(Duration.ofMinutes(20));
    FaultyStorage dying = new FaultyStorage(h.store);
    h.builder(dying, h.issuer.node()).certificate(SPEC).enable();
    AutoTls second = h.node();
    h.advance(Duration.ofMinutes(10));
    dying.goesDown();

    h.advance(Duration.ofMinutes(15));

    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(h.isServed(second, "example.com")).isTrue();
  }

  @Test
  @DisplayName("PD2 PD73: the lease of a node that died is taken over after one time-to-live")
  void anOrphanedLeaseIsTakenOver() {
    FaultyStorage dying = new FaultyStorage(h.store);
    h.issuer.beforeStep(
        step -> {
          dying.goesDown();
          h.issuer.beforeStep(again -> {});
        });
    h.builder(dying, h.issuer.node()).certificate(SPEC).enable();
    h.time.runUntilIdle();
    AutoTls second = h.node();

    h.advance(Duration.ofSeconds(9));
    assertThat(h.isServed(second, "example.com")).isFalse();
    h.advance(Duration.ofSeconds(11));

    assertThat(h.isServed(second, "example.com")).isTrue();
  }

  @Test
  @DisplayName(
      "PD84: a node that was paused beyond its lease ends its step before the next remote call")
  void aLostLeaseIsNoticedBeforeTheOrder() {
    List<Exception> lost = new ArrayList<>();
    h.issuer.beforeStep(
        step -> {
          h.advance(Duration.ofSeconds(30)); // this node is paused, and its heart does not beat
          h.issuer.beforeStep(again -> {});
          try {
            step.requireHeld();
          } catch (LeaseLostException e) {
            lost.add(e);
          }
        });
    FaultyStorage paused = new FaultyStorage(h.store);
    paused.onWrite(
        (key, count) -> {
          if (key.startsWith("leases/") && count > 1 && lost.isEmpty()) {
            throw new IOException("paused");
          }
        });
    h.builder(paused, h.issuer.node()).certificate(SPEC).enable();

    h.advance(Duration.ofMinutes(1));

    assertThat(lost).hasSize(1);
    assertThat(lost.get(0)).hasMessageContaining("another node may work on it now");
  }

  @Test
  void whatOneNodeObtainsTheOthersServeAtOnce() {
    AutoTls one = h.node();
    AutoTls two = h.node();
    h.advance(Duration.ofDays(60).plusHours(12));
    h.advance(Duration.ofSeconds(5));

    assertThat(h.served(two)).isEqualTo(h.served(one));
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void aNodeWithoutNetworkDelaysNobodyElse() throws IOException {
    ScriptedIssuer unreachable = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_STEP));
    h.builder(unreachable.node()).certificates(Harness.specs("cut", 10)).enable();
    List<AutoTls> others = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      others.add(h.builder(h.issuer.node()).certificates(Harness.specs("n", 40)).enable());
    }

    for (int i = 0; i < 60; i++) {
      AutoTls one = others.get(i % 4);
      one.add(CertificateSpec.of("late" + i + ".example"));
      h.advance(Duration.ofSeconds(5));
      assertThat(h.isServed(one, "late" + i + ".example")).as("after %d minutes", i).isTrue();
      h.advance(Duration.ofSeconds(55));
    }

    assertThat(unreachable.refusals()).hasSizeGreaterThan(10);
    assertThat(others).allMatch(tls -> h.isServed(tls, "n39.example"));
    assertThat(h.issuer.orders()).hasSize(100);
    assertThat(h.events(AutoTlsEvent.IssuerDown.class)).hasSize(1);
    assertThat(h.events(AutoTlsEvent.IssuerBack.class)).isEmpty();
  }

  @Test
  void aCaThatNamedATimeIsLeftAloneByAllNodesUntilThen() {
    h.issuer.failsAlways(failure(Reaction.RETRY_STEP, Duration.ofHours(2)));
    h.builder(h.issuer.node()).certificates(Harness.specs("a", 10)).enable();
    h.advance(Duration.ofMinutes(1));
    int before = h.issuer.steps().size();

    AutoTls restarted = h.builder(h.issuer.node()).certificates(Harness.specs("b", 10)).enable();
    h.advance(Duration.ofMinutes(5));
    restarted.close();
    AutoTls other = h.builder(h.issuer.node()).certificates(Harness.specs("b", 10)).enable();
    h.advance(Duration.ofMinutes(100));

    assertThat(h.issuer.steps()).hasSize(before);
    assertThat(other.status("b0.example").orElseThrow().waitsFor().orElseThrow())
        .startsWith("Scripted CA, which is down: another node found it down at 2026-11-24T00:00:0")
        .endsWith("Z: it did not work.");
    assertThat(other.explain("b0.example")).contains("nobody asks it before 2026-11-24T02:00:0");
    assertThat(h.events(AutoTlsEvent.IssuerDown.class)).hasSize(1);
    h.issuer.works();
    h.advance(Duration.ofMinutes(30));
    assertThat(other.statuses()).allMatch(s -> s.serving() == Serving.CERTIFICATE);
  }

  @Test
  void whileACaIsDownEveryNodeTellsItOnceAndAgainOnceWhenItIsBack() throws IOException {
    h.issuer.failsAlways(failure(Reaction.RETRY_STEP));
    for (int i = 0; i < 3; i++) {
      h.builder(h.issuer.node()).certificates(Harness.specs("n" + i, 10)).enable();
    }
    h.advance(Duration.ofHours(3));
    assertThat(h.events(AutoTlsEvent.IssuerDown.class)).hasSize(3);
    assertThat(h.keys("issuers/")).containsExactly("issuers/scripted");

    h.issuer.works();
    h.advance(Duration.ofMinutes(11));

    assertThat(h.events(AutoTlsEvent.IssuerBack.class)).hasSize(3);
    assertThat(h.keys("issuers/")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("PD18: a Retry-After whose storing failed binds the node that heard it")
  void aTimeThatCouldNotBeStoredIsKeptTo(boolean anotherNodeWasFaster) {
    h.issuer.failsOnce(failure(Reaction.RETRY_STEP, Duration.ofHours(2)));
    FaultyStorage storage = new FaultyStorage(h.store);
    storage.onWrite(
        (key, count) -> {
          if (key.startsWith("certificates/") && h.issuer.refusals().size() == 1) {
            storage.onWrite((any, ever) -> {});
            throw anotherNodeWasFaster
                ? new ConflictException(Key.of(key), Version.NONE)
                : new IOException("the store hiccups");
          }
        });
    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(SPEC).enable();

    h.advance(Duration.ofMinutes(119));
    assertThat(h.issuer.steps()).hasSize(1);
    h.advance(Duration.ofMinutes(15));

    assertThat(h.isServed(tls, "example.com")).isTrue();
  }

  @Test
  void aStoreThatCannotTellIsLookedAt() {
    FaultyStorage mute = new FaultyStorage(h.store).withoutWatch();
    AutoTls follower =
        h.builder(mute, h.issuer.node()).certificate(SPEC).role(Role.FOLLOWER).enable();
    h.node();
    h.advance(Duration.ofSeconds(5));

    h.advance(Duration.ofMinutes(2));

    assertThat(h.status(follower).serving()).isEqualTo(Serving.CERTIFICATE);
  }

  @Test
  void oneRenewalIsEnoughForAllWhoAskForOneAtTheSameTime() {
    AutoTls first = h.node();
    AutoTls second = h.node();
    h.advance(Duration.ofMinutes(1));
    Credential before = h.served(first);

    second.renewNow("example.com");
    first.renewNow("example.com");
    h.advance(Duration.ofHours(1));

    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.served(first)).isNotEqualTo(before).isEqualTo(h.served(second));
  }

  @Test
  @DisplayName("While another CA is rolled out, nodes do not replace each other's certificates")
  void nodesWithDifferentCasDoNotTakeTurns() {
    ScriptedIssuer other = new ScriptedIssuer();
    AutoTls old = h.node(h.issuer.node("one"));
    h.advance(Duration.ofMinutes(1));
    AutoTls updated = h.node(other.node("two"));

    h.advance(Duration.ofHours(23));

    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(other.orders()).hasSize(1);
    assertThat(h.status(old).issuer()).contains("two");
    old.close();
    h.advance(Duration.ofDays(30));
    assertThat(other.orders()).hasSize(1);
    assertThat(h.status(updated).issuer()).contains("CA two");
  }

  @Test
  @DisplayName("An order of a CA that a node does not know is kept for those who do")
  void anOrderOfACaThatIsNotConfiguredIsKeptForThoseWhoKnowIt() {
    h.issuer.waits(Duration.ofHours(1));
    AutoTls before = h.node(h.issuer.node("one"));
    h.advance(Duration.ofMinutes(1));
    before.close();
    ScriptedIssuer other = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_ATTEMPT));
    AutoTls odd = h.node(other.node("two"));
    h.advance(Duration.ofHours(2));
    assertThat(other.refusals()).isNotEmpty();
    odd.close();

    AutoTls after = h.node(h.issuer.node("one"));
    h.advance(Duration.ofHours(2));

    assertThat(h.isServed(after, "example.com")).isTrue();
    assertThat(h.issuer.orders()).hasSize(1);
  }
}

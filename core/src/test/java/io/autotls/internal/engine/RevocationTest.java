package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.LocalIssuer;
import io.autotls.Role;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.RevocationReason;
import io.autotls.storage.MemoryStorage;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nothing is revoked before something else is served, and nothing is forgotten. */
class RevocationTest {
  private final Harness h = new Harness();

  private AutoTls started() {
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(1));
    return tls;
  }

  @Test
  void anotherKeyIsServedBeforeTheOldOneIsRevoked() throws IOException {
    AutoTls tls = started();
    Credential old = h.served(tls);
    h.issuer.revocations.before =
        certificate -> assertThat(h.served(tls).leaf()).isNotEqualTo(certificate);

    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofMinutes(2));

    assertThat(h.issuer.revocations.done)
        .isEqualTo(Map.of(old.leaf().getSerialNumber(), RevocationReason.KEY_COMPROMISE));
    assertThat(h.served(tls).leaf().getPublicKey()).isNotEqualTo(old.leaf().getPublicKey());
    assertThat(h.events(AutoTlsEvent.Revoked.class)).hasSize(1);
    assertThat(h.keys("revocations/")).isEmpty();
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void aKeyThatWasToStayDoesNot() throws IOException {
    CertificateSpec pinned = Harness.SPEC.toBuilder().reuseKey().build();
    AutoTls tls = h.builder(h.issuer.node()).certificate(pinned).enable();
    h.advance(Duration.ofMinutes(1));
    Credential old = h.served(tls);

    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofMinutes(5));

    assertThat(h.served(tls).leaf().getPublicKey()).isNotEqualTo(old.leaf().getPublicKey());
    assertThat(h.issuer.revocations.done).containsKey(old.leaf().getSerialNumber());
  }

  @Test
  void theWishOutlivesTheNodeThatHeardIt() throws IOException {
    AutoTls tls = started();
    Credential old = h.served(tls);
    tls.revoke("example.com", RevocationReason.SUPERSEDED);
    tls.close();

    AutoTls next = h.node();
    h.advance(Duration.ofMinutes(5));

    assertThat(h.issuer.revocations.done).containsKey(old.leaf().getSerialNumber());
    assertThat(h.served(next)).isNotEqualTo(old);
    assertThat(h.keys("revocations/")).isEmpty();
  }

  @Test
  void ofThreeNodesOneOrdersAndAllServeTheNewOne() throws IOException {
    AutoTls one = started();
    AutoTls two = h.node();
    AutoTls three = h.node();
    h.advance(Duration.ofMinutes(1));
    Credential old = h.served(one);

    one.revoke("example.com", RevocationReason.SUPERSEDED);
    two.revoke("example.com", RevocationReason.SUPERSEDED);
    h.advance(Duration.ofMinutes(5));

    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.served(three)).isEqualTo(h.served(one)).isNotEqualTo(old);
    assertThat(h.issuer.revocations.done).hasSize(1);
    assertThat(h.keys("revocations/")).isEmpty();
  }

  @Test
  void whileNoOtherCanBeHadTheOldOneIsNotRevoked() throws IOException {
    AutoTls tls = started();
    h.issuer.failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));

    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofHours(3));

    assertThat(h.issuer.revocations.done).isEmpty();
    assertThat(tls.explain("example.com")).contains("To be revoked: ");
    h.issuer.works();
    h.advance(Duration.ofDays(2));
    assertThat(h.issuer.revocations.done).hasSize(1);
  }

  @Test
  void aCaThatRefusesTheOtherOneIsNotAskedEachMinute() throws IOException {
    AutoTls tls = started();
    h.issuer.failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));

    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofHours(3));

    assertThat(h.issuer.refusals()).hasSizeBetween(2, 12); // 1, 10 and 100 minutes apart at most
  }

  @Test
  void aRefusalIsReportedAndAskedAgain() throws IOException {
    AutoTls tls = started();
    h.issuer.revocations.failures.add(Harness.failure(Reaction.RETRY_STEP));

    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofMinutes(5));

    assertThat(h.status(tls).lastProblem().orElseThrow().what()).contains("did not revoke");
    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSize(1);
    h.advance(Duration.ofHours(2));
    assertThat(h.issuer.revocations.done).hasSize(1);
  }

  @Test
  void theWishOutlivesTheRemovalOfTheCertificate() throws IOException {
    AutoTls tls = started();
    Credential old = h.served(tls);
    h.issuer.failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));
    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofMinutes(1));

    tls.remove(Harness.SPEC);
    h.advance(Duration.ofMinutes(1));
    assertThat(tls.explain("example.com"))
        .contains("To be revoked: ")
        .contains("when nobody serves it any more");
    h.advance(Duration.ofDays(6));
    assertThat(h.issuer.revocations.done).isEmpty(); // visitors still get it
    h.advance(Duration.ofDays(3));

    assertThat(h.issuer.revocations.done).containsKey(old.leaf().getSerialNumber());
    assertThat(h.events(AutoTlsEvent.Revoked.class)).hasSize(1);
    assertThat(h.keys("revocations/")).isEmpty();
  }

  @Test
  void aWishThatARestartWithoutItsNameLeftBehindIsCarriedOut() throws IOException {
    AutoTls tls = started();
    Credential old = h.served(tls);
    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    tls.close();

    h.builder(h.issuer.node()).domains("other.example").enable();
    h.advance(Duration.ofDays(1));
    assertThat(h.issuer.revocations.done).isEmpty(); // another node may still want it
    h.advance(Duration.ofDays(2));

    assertThat(h.issuer.revocations.done).containsKey(old.leaf().getSerialNumber());
    assertThat(h.keys("revocations/")).isEmpty();
  }

  @Test
  void soItIsWhereNoProcessLivesForLong() throws IOException {
    AutoTls tls = started();
    final Credential old = h.served(tls);
    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    tls.close();

    for (int night = 0; night < 4; night++) {
      assertThat(h.issuer.revocations.done).isEmpty();
      AutoTls next = h.builder(h.issuer.node()).domains("other.example").enable();
      h.advance(Duration.ofHours(16));
      next.close();
    }

    assertThat(h.issuer.revocations.done).containsKey(old.leaf().getSerialNumber());
  }

  @Test
  void whatAnotherNodeStillWantsIsNotRevokedBeforeThatHasAnother() throws IOException {
    AutoTls wants = started();
    h.builder(h.issuer.node()).domains("other.example").enable();
    h.advance(Duration.ofMinutes(1));
    Credential old = h.served(wants);
    h.issuer.failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));

    wants.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofDays(20));

    assertThat(h.served(wants)).isEqualTo(old);
    assertThat(h.issuer.revocations.done).isEmpty();
  }

  @Test
  void aClockThatIsAheadCostsNoWish() throws IOException {
    AutoTls tls = started();
    Credential old = h.served(tls);
    h.issuer.failsAlways(Harness.failure(Reaction.RETRY_ATTEMPT));
    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    tls.close();

    AutoTls wrong =
        h.builder(h.issuer.node())
            .time(new SkewedTime(h.time, Duration.ofDays(100)))
            .domains("other.example")
            .enable();
    h.advance(Duration.ofHours(1));
    wrong.close();
    h.issuer.works();
    h.node();
    h.advance(Duration.ofDays(1));

    assertThat(h.issuer.revocations.done).containsKey(old.leaf().getSerialNumber());
  }

  @Test
  void whatIsRefusedUntilItExpiresIsForgotten() throws IOException {
    AutoTls tls = started();
    for (int i = 0; i < 24 * 95; i++) {
      h.issuer.revocations.failures.add(Harness.failure(Reaction.RETRY_STEP));
    }
    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);

    h.advance(Duration.ofDays(80));
    assertThat(h.keys("revocations/")).hasSize(1);
    h.advance(Duration.ofDays(15));

    assertThat(h.keys("revocations/")).isEmpty();
    assertThat(tls.explain("example.com")).doesNotContain("To be revoked");
  }

  @Test
  void anEntryThatCannotBeReadHoldsUpNoOther() throws IOException {
    FaultyStorage storage = new FaultyStorage(MemoryStorage.create());
    AutoTls tls =
        h.builder(storage, h.issuer.node()).domains("one.example").domains("two.example").enable();
    h.advance(Duration.ofMinutes(1));
    tls.revoke("one.example", RevocationReason.KEY_COMPROMISE);
    tls.revoke("two.example", RevocationReason.KEY_COMPROMISE);
    List<String> damaged = new ArrayList<>(); // that which is looked at first
    storage.onRead(
        key -> {
          if (key.startsWith("revocations/") && damaged.isEmpty()) {
            damaged.add(key);
          }
          if (damaged.contains(key)) {
            throw new IOException("damaged");
          }
        });

    h.advance(Duration.ofMinutes(10));

    assertThat(damaged).hasSize(1);
    assertThat(h.issuer.revocations.done).hasSize(1);
  }

  @Test
  void whatFailsWhileTheNodeStopsIsNotTold() throws IOException {
    AutoTls tls = started();
    h.issuer.revocations.before = certificate -> tls.close();
    h.issuer.revocations.failures.add(Harness.failure(Reaction.RETRY_STEP));

    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);
    h.advance(Duration.ofMinutes(5));

    assertThat(h.issuer.revocations.failures).isEmpty();
    assertThat(h.events(AutoTlsEvent.Failed.class)).isEmpty();
    assertThat(h.keys("revocations/")).hasSize(1);
  }

  @Test
  void whoCannotRevokeSaysSoAtOnce() {
    AutoTls tls = started();
    h.issuer.revocations.canBe = false;
    assertThatThrownBy(() -> tls.revoke("example.com", RevocationReason.UNSPECIFIED))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("Scripted CA cannot revoke certificates. Call renewNow");

    AutoTls local = h.builder(LocalIssuer.create()).domains("localhost").enable();
    h.advance(Duration.ofMinutes(1));
    assertThatThrownBy(() -> local.revoke("localhost", RevocationReason.UNSPECIFIED))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("the local CA cannot revoke");
    assertThatThrownBy(() -> tls.revoke("other.example", RevocationReason.UNSPECIFIED))
        .isInstanceOf(IllegalArgumentException.class);
    AutoTls follower =
        h.builder(h.issuer.node()).role(Role.FOLLOWER).certificate(Harness.SPEC).enable();
    assertThatThrownBy(() -> follower.revoke("example.com", RevocationReason.UNSPECIFIED))
        .isInstanceOf(IllegalStateException.class);
  }
}

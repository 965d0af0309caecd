package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.Role;
import io.autotls.spi.RevocationReason;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A certificate that is not valid yet waits until it begins, and visitors keep what works. */
class NotYetValidTest {
  private static final Duration AHEAD = Duration.ofDays(20);

  private final Harness h = new Harness();

  private Credential renewedAhead(AutoTls tls) {
    h.advance(Duration.ofDays(5));
    final Credential before = h.served(tls);
    h.issuer.backdates(AHEAD.negated());
    tls.renewNow("example.com");
    h.advance(Duration.ofMinutes(1));
    assertThat(h.issuer.orders()).hasSize(2);
    return before;
  }

  @Test
  void theOneBeforeServesUntilTheNewOneBegins() {
    AutoTls tls = h.node();

    Credential before = renewedAhead(tls);

    assertThat(h.served(tls)).isEqualTo(before);
    assertThat(h.status(tls).notAfter()).contains(before.notAfter());
    assertThat(tls.explain("example.com").toString())
        .contains("valid until " + before.notAfter(), "Serves another one from: 2026-12-19T");
    Instant begin = h.events(AutoTlsEvent.NotYetValid.class).get(0).notBefore();
    h.advance(Duration.between(h.time.instant(), begin).minusSeconds(1));
    assertThat(h.served(tls)).isEqualTo(before);
    h.advance(Duration.ofSeconds(1));
    assertThat(h.served(tls).notBefore()).isEqualTo(begin);
    assertThat(h.events(AutoTlsEvent.Issued.class)).hasSize(1);
    assertThat(h.events(AutoTlsEvent.Loaded.class)).hasSize(1);
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void aRestartAndTheOtherNodesServeTheOneBefore() {
    AutoTls first = h.node();
    AutoTls follower = h.builder(h.issuer.node()).role(Role.FOLLOWER).certificate(SPEC).enable();
    Credential before = renewedAhead(first);
    first.close();

    AutoTls second = h.node();

    h.advance(Duration.ofDays(1));
    assertThat(h.served(second)).isEqualTo(before);
    assertThat(h.served(follower)).isEqualTo(before);
    h.advance(AHEAD);
    assertThat(h.served(second)).isNotEqualTo(before).isEqualTo(h.served(follower));
    assertThat(h.served(second).isValidAt(h.time.instant())).isTrue();
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void itIsServedWhereThereIsNothingBetter() {
    h.issuer.backdates(AHEAD.negated());

    AutoTls tls = h.node();

    h.advance(Duration.ofMinutes(1));
    assertThat(h.isServed(tls, "example.com")).isTrue();
    assertThat(tls.explain("example.com").toString()).contains("not valid before 2026-12-14T");
  }

  @Test
  void aSecondOneThatIsNotValidYetCostsNothingThatWorks() throws IOException {
    AutoTls tls = h.node();
    Credential before = renewedAhead(tls);

    tls.renewNow("example.com");
    h.advance(Duration.ofHours(2));

    assertThat(h.issuer.orders()).hasSize(3);
    assertThat(h.served(tls)).isEqualTo(before);
    assertThat(h.record()).contains("Previous-Valid-Until: " + before.notAfter());
  }

  @Test
  void anotherOneIsOrderedInBetweenWhereThePresentOneEndsBeforeTheNewOneBegins() {
    AutoTls tls = h.node();
    h.advance(Duration.ofDays(5));
    h.issuer.backdates(Duration.ofDays(-100)).lifetime(Duration.ofDays(190));
    tls.renewNow("example.com");
    h.advance(Duration.ofHours(2));
    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(tls.explain("example.com").toString())
        .contains(
            "Next: next attempt at 2027-02-1", "because nothing that is valid would be served");
    h.issuer.backdates(Duration.ofHours(1)).lifetime(Duration.ofDays(90));

    for (int day = 0; day < 150; day++) {
      h.advance(Duration.ofDays(1));
      assertThat(h.served(tls).isValidAt(h.time.instant())).as("day %d", day).isTrue();
    }

    assertThat(h.issuer.orders()).hasSize(4); // one in between, and the renewal of that one
  }

  @Test
  void whatBeginsSoonestStaysWhereEachFurtherOneBeginsLater() {
    AutoTls tls = h.node();
    h.advance(Duration.ofDays(5));
    h.issuer.backdates(Duration.ofDays(-100)).lifetime(Duration.ofDays(190));
    tls.renewNow("example.com");
    h.advance(Duration.ofHours(2));
    Instant begin = h.events(AutoTlsEvent.NotYetValid.class).get(0).notBefore();

    h.advance(Duration.between(h.time.instant(), begin).plusSeconds(1));

    assertThat(h.served(tls).notBefore()).isEqualTo(begin);
    assertThat(h.status(tls).lastProblem().orElseThrow().toString()).contains("it begins 2027-");
    assertThat(h.issuer.orders()).hasSizeBetween(3, 90); // as after any other failure
  }

  @Test
  void whatEndsBeforeItBeginsIsNotTakenAndNotOrderedAgainAndAgain() {
    AutoTls tls = h.node();
    h.advance(Duration.ofDays(5));
    final Credential before = h.served(tls);
    h.issuer.backdates(Duration.ofDays(-100));

    tls.renewNow("example.com");
    h.advance(Duration.ofHours(2));

    assertThat(h.served(tls)).isEqualTo(before);
    assertThat(h.issuer.orders()).hasSizeBetween(2, 14); // 1, 10, 100 minutes apart at most
    assertThat(h.status(tls).lastProblem().orElseThrow().toString())
        .contains("it ends before it begins");
  }

  @Test
  void nobodyIsReadyBeforeItBegins() {
    h.issuer.backdates(Duration.ofMinutes(-30));

    AutoTls tls = h.node();

    h.advance(Duration.ofMinutes(25));
    assertThat(h.isServed(tls, "example.com")).isTrue();
    assertThat(tls.ready()).isNotDone();
    h.advance(Duration.ofMinutes(6));
    assertThat(tls.ready()).isCompleted();
    assertThat(h.issuer.orders()).hasSize(1);
  }

  @Test
  void aClockThatIsAFewMinutesLateDelaysARenewalByThose() {
    AutoTls tls = h.node();
    h.advance(Duration.ofDays(5));
    final Credential before = h.served(tls);
    h.issuer.backdates(Duration.ofMinutes(-9));

    tls.renewNow("example.com");

    h.advance(Duration.ofMinutes(8));
    assertThat(h.served(tls)).isEqualTo(before);
    h.advance(Duration.ofMinutes(2));
    assertThat(h.served(tls)).isNotEqualTo(before);
  }

  @Test
  void aClockThatIsSetBackTakesFromVisitorsNothingThatHasBegun() {
    AutoTls tls = h.node();
    h.advance(Duration.ofDays(5));
    tls.renewNow("example.com");
    h.advance(Duration.ofMinutes(1));
    final Credential present = h.served(tls);

    h.time.jump(Duration.ofDays(-2));
    h.advance(Duration.ofHours(1));

    assertThat(h.served(tls)).isEqualTo(present);
    tls.close();
    assertThat(h.served(h.node())).isEqualTo(present);
  }

  @Test
  void whatIsToBeRevokedServesUntilTheNewOneBegins() throws IOException {
    AutoTls tls = h.node();
    h.advance(Duration.ofDays(5));
    Credential before = h.served(tls);
    h.issuer.backdates(AHEAD.negated());

    tls.revoke("example.com", RevocationReason.KEY_COMPROMISE);

    h.advance(Duration.ofDays(10));
    assertThat(h.served(tls)).isEqualTo(before);
    assertThat(h.issuer.revocations.done).isEmpty();
    assertThat(h.issuer.orders()).hasSize(2);
    h.advance(Duration.ofDays(11));
    assertThat(h.served(tls)).isNotEqualTo(before);
    assertThat(h.issuer.revocations.done).containsKey(before.leaf().getSerialNumber());
  }
}

package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.START;
import static io.autotls.internal.engine.Harness.failure;
import static io.autotls.internal.engine.Harness.window;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.spi.Issuance.Reason;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.RenewalWindow;
import io.autotls.testing.simulation.WithCheapKeys;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.net.URI;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When certificates are renewed, and why then. */
@WithCheapKeys
class RenewalTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final Harness h = new Harness();

  @Test
  @DisplayName("PD6 I5: a window in the future is waited for, and an instant in it is chosen once")
  void aWindowInTheFutureIsWaitedFor() {
    Instant start = START.plus(Duration.ofDays(40));
    Instant end = START.plus(Duration.ofDays(42));
    h.issuer.suggests(
        certificate -> {
          Instant since = certificate.getNotBefore().toInstant();
          Duration old = Duration.ofDays(Duration.between(START, since).toDays());
          return Optional.of(window(start.plus(old), end.plus(old)));
        });
    AutoTls tls = h.node();

    h.advance(Duration.ofDays(1));
    Instant planned = h.status(tls).nextStep();
    assertThat(planned).isBetween(start, end);
    assertThat(h.status(tls).reason()).contains("the CA suggests that time");
    assertThat(h.status(tls).windowStart()).contains(start);
    h.advance(Duration.between(h.time.instant(), planned).minusSeconds(1));
    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(h.status(tls).nextStep()).isEqualTo(planned);
    h.advance(Duration.ofMinutes(1));

    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.issuer.steps().get(h.issuer.steps().size() - 1).reason())
        .isEqualTo(Reason.SUGGESTED_RENEWAL);
  }

  @Test
  @DisplayName("I12 FT34: a window in the past leads to one renewal, at once, with a new key")
  void aWindowInThePastLeadsToOneRenewalWithANewKey() {
    List<X509Certificate> revoked = new ArrayList<>();
    h.issuer.suggests(
        certificate ->
            revoked.contains(certificate)
                ? Optional.of(
                    new RenewalWindow(
                        START.minus(DAY),
                        START.minusSeconds(1),
                        Duration.ofHours(6),
                        URI.create("https://ca.example/incident")))
                : Optional.of(
                    window(START.plus(Duration.ofDays(60)), START.plus(Duration.ofDays(61)))));
    AutoTls tls = h.builder(h.issuer.node()).certificate(reusing()).enable();
    h.advance(Duration.ofHours(1));
    X509Certificate first = h.served(tls).leaf();
    revoked.add(first);
    h.events.clear();

    h.advance(Duration.ofHours(7));

    assertThat(h.issuer.orders()).hasSize(2);
    PublicKey key = h.served(tls).leaf().getPublicKey();
    assertThat(key).isNotEqualTo(first.getPublicKey());
    assertThat(h.events(AutoTlsEvent.RenewalScheduled.class).get(0).explanation())
        .contains(URI.create("https://ca.example/incident"));
    h.advance(Duration.ofDays(30));
    assertThat(h.issuer.orders()).hasSize(2);
  }

  private static CertificateSpec reusing() {
    return SPEC.toBuilder().reuseKey().build();
  }

  @Test
  @DisplayName("I12 I13: a CA whose windows have always passed does not make us order without end")
  void windowsThatHaveAlwaysPassedAreNotObeyedWithoutEnd() {
    h.issuer.suggests(certificate -> Optional.of(window(START.minus(DAY), START)));

    h.node();
    h.advance(Duration.ofDays(7));

    assertThat(h.issuer.orders()).hasSizeBetween(2, 10);
  }

  @Test
  @DisplayName(
      "B14: a CA that names the same open window for every certificate is not obeyed each time")
  void aWindowThatIsAlwaysOpenIsNotObeyedWithoutEnd() {
    h.issuer.suggests(certificate -> Optional.of(window(START, START.plus(Duration.ofDays(4)))));

    h.node();
    h.advance(Duration.ofDays(10));

    assertThat(h.issuer.orders()).hasSizeBetween(2, 5);
  }

  @Test
  @DisplayName("I5: a window that changes is followed, and people are told")
  void aWindowThatChangesIsFollowed() {
    Instant[] start = {START.plus(Duration.ofDays(60))};
    h.issuer.suggests(certificate -> Optional.of(window(start[0], start[0].plus(DAY))));
    AutoTls tls = h.node();
    h.advance(DAY);
    start[0] = START.plus(Duration.ofDays(10));

    h.advance(DAY);

    assertThat(h.status(tls).nextStep()).isBetween(start[0], start[0].plus(DAY));
    assertThat(h.events(AutoTlsEvent.RenewalScheduled.class)).hasSize(2);
  }

  @Test
  @DisplayName("I9: near the end of the certificate the CA's window does not count any more")
  void aWindowAfterTheEndDoesNotDelayTheRenewal() {
    h.issuer.suggests(
        certificate ->
            Optional.of(
                window(START.plus(Duration.ofDays(200)), START.plus(Duration.ofDays(3650)))));
    AutoTls tls = h.node();

    h.advance(Duration.ofDays(58));
    assertThat(h.issuer.orders()).hasSize(1);
    h.advance(Duration.ofDays(3));

    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.served(tls).isValidAt(h.time.instant())).isTrue();
  }

  @Test
  void aWindowThatReachesBeyondTheEndPutsNothingOff() {
    h.issuer.suggests(
        certificate -> {
          Instant end = certificate.getNotAfter().toInstant();
          return Optional.of(window(end.minus(Duration.ofDays(2)), end.plus(Duration.ofDays(5))));
        });
    h.node();

    h.advance(Duration.ofDays(61));

    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void aLateWindowIsFollowedUpToTheLastTwentieth() {
    h.issuer.suggests(
        certificate -> {
          Instant end = certificate.getNotAfter().toInstant();
          return Optional.of(window(end.minus(Duration.ofDays(2)), end));
        });
    h.node();

    h.advance(Duration.ofDays(80));
    assertThat(h.issuer.orders()).hasSize(1);
    h.advance(Duration.ofDays(6));

    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void aLifeOfSecondsLeavesTimeForTheRenewal() {
    h.issuer.lifetime(Duration.ofSeconds(20)).waits(Duration.ZERO);
    h.issuer.suggests(
        certificate -> {
          Instant end = certificate.getNotAfter().toInstant();
          return Optional.of(window(end.minusSeconds(1), end));
        });
    AutoTls tls = h.node();

    for (int tenth = 0; tenth < 3000; tenth++) {
      h.advance(Duration.ofMillis(100));
      assertThat(h.served(tls).notAfter()).isAfter(h.time.instant().plusSeconds(3));
    }
  }

  @Test
  @DisplayName("I6 PD23: the CA is asked no more often than it wants, across restarts too")
  @Tag("G15")
  void theCaIsNotAskedMoreOftenThanItWants() {
    h.issuer.suggests(
        certificate ->
            Optional.of(window(START.plus(Duration.ofDays(60)), START.plus(Duration.ofDays(61)))));
    h.node().close();

    for (int i = 0; i < 48; i++) {
      AutoTls tls = h.node();
      h.advance(Duration.ofMinutes(30));
      h.served(tls);
      tls.close();
    }

    assertThat(h.issuer.inquiries()).hasSizeBetween(3, 5);
    for (int i = 1; i < h.issuer.inquiries().size(); i++) {
      Instant before = h.issuer.inquiries().get(i - 1);
      assertThat(h.issuer.inquiries().get(i)).isAfterOrEqualTo(before.plus(Duration.ofHours(6)));
    }
  }

  @Test
  void ofManyNodesOneAsks() {
    h.issuer.suggests(
        certificate ->
            Optional.of(window(START.plus(Duration.ofDays(60)), START.plus(Duration.ofDays(61)))));
    for (int i = 0; i < 5; i++) {
      h.node();
    }

    h.advance(Duration.ofDays(1));

    assertThat(h.issuer.inquiries()).hasSizeBetween(3, 5);
  }

  @Test
  @DisplayName("I7 I9: inquiries that fail back off, and the lifetime decides")
  void inquiriesThatFailChangeNothing() {
    h.issuer.suggests(
        certificate -> {
          if (h.issuer.inquiries().size() % 3 == 0) {
            throw new IllegalArgumentException("window ends before it starts");
          } else if (h.issuer.inquiries().size() % 3 == 1) {
            throw failure(Reaction.RETRY_STEP);
          }
          throw new IOException("connection reset");
        });
    h.node();

    h.advance(Duration.ofDays(61));

    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.issuer.inquiries().stream().filter(at -> at.isBefore(START.plus(DAY))))
        .hasSizeLessThan(20);
  }

  @Test
  @DisplayName("PD19: certificates of one day are not renewed together, and all nodes agree when")
  @Tag("G17")
  @Tag("G18")
  void bulkIssuedCertificatesAreSpread() {
    List<CertificateSpec> specs = Harness.specs("n", 300);
    AutoTls one = h.builder(h.issuer.node()).certificates(specs).enable();
    h.advance(Duration.ofMinutes(5));
    AutoTls two = h.builder(h.issuer.node()).certificates(specs).enable();
    h.advance(Duration.ofMinutes(5));

    Set<Instant> hours = new HashSet<>();
    one.statuses()
        .forEach(s -> hours.add(s.nextStep().truncatedTo(java.time.temporal.ChronoUnit.HOURS)));

    assertThat(hours).hasSizeGreaterThan(30);
    assertThat(two.statuses().stream().map(s -> s.nextStep()).toList())
        .isEqualTo(one.statuses().stream().map(s -> s.nextStep()).toList());
  }

  @Test
  @DisplayName("PD48 PD65: lifetimes that change from one renewal to the next")
  @Tag("FT36")
  void lifetimesMayChange() {
    AutoTls tls = h.node();
    h.advance(Duration.ofMinutes(1));
    int orders = 1;
    for (Duration life :
        List.of(
            Duration.ofDays(6), Duration.ofDays(45), Duration.ofHours(1), Duration.ofDays(200))) {
      h.issuer.lifetime(life);
      Instant due = h.status(tls).nextStep();
      h.advance(Duration.between(h.time.instant(), due).plusSeconds(10));
      assertThat(h.issuer.orders()).hasSize(++orders);
      assertThat(h.served(tls).lifetime()).isEqualTo(life);
    }
  }

  @Test
  @DisplayName("PD1: whichever write of a renewal fails, nothing is lost and the next try succeeds")
  void aFailedWriteLosesNothing() {
    for (int failing = 0; failing < 9; failing++) {
      Harness one = new Harness();
      AutoTls first = one.node();
      one.advance(Duration.ofMinutes(1));
      Credential old = one.served(first);
      first.close();
      int at = failing;
      FaultyStorage storage = new FaultyStorage(one.store);
      storage.onWrite(
          (key, count) -> {
            if (count == at) {
              throw new IOException("no space left on device");
            }
          });
      AutoTls second = one.builder(storage, one.issuer.node()).certificate(SPEC).enable();
      assertThat(one.served(second)).isEqualTo(old);

      one.advance(Duration.ofDays(61));
      second.close();

      AutoTls third = one.node();
      assertThat(one.served(third)).as("write %d failed", at).isNotEqualTo(old);
      assertThat(one.served(third).isValidAt(one.time.instant())).isTrue();
      assertThat(one.issuer.orders()).hasSizeBetween(2, 3);
    }
  }

  @Test
  @Tag("V5")
  void eachRenewalHasANewKeyUnlessAskedOtherwise() {
    AutoTls fresh = h.node();
    h.advance(Duration.ofMinutes(1));
    PublicKey first = h.served(fresh).leaf().getPublicKey();
    h.advance(Duration.ofDays(61));
    assertThat(h.served(fresh).leaf().getPublicKey()).isNotEqualTo(first);
    fresh.close();

    AutoTls reusing = h.builder(h.issuer.node()).certificate(reusing()).enable();
    PublicKey kept = h.served(reusing).leaf().getPublicKey();
    Credential before = h.served(reusing);
    h.advance(Duration.ofDays(61));
    assertThat(h.served(reusing).leaf().getPublicKey()).isEqualTo(kept);
    assertThat(h.served(reusing).alias()).isNotEqualTo(before.alias());
  }

  @Test
  @DisplayName(
      "PD73: people are warned at a sixth, a twelfth and a 24th of the life, and at its end")
  void peopleAreWarnedOfTheEnd() {
    h.node();
    h.advance(Duration.ofMinutes(1));
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));

    h.advance(Duration.ofDays(100));

    List<AutoTlsEvent.Expiring> warnings = h.events(AutoTlsEvent.Expiring.class);
    assertThat(warnings.stream().map(w -> Duration.between(START, w.at()).toDays()).toList())
        .containsExactly(75L, 82L, 86L, 90L);
    assertThat(warnings.get(0).reason()).contains("it did not work").contains("do this");
  }
}

package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.START;
import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus;
import io.autotls.CertificateStatus.Serving;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuer.Trust;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.OrderLimits;
import io.autotls.testing.simulation.WithCheapKeys;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What failures lead to: who is asked again, when, and what people are told. */
@WithCheapKeys
class FailureTest {
  private final Harness h = new Harness();

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "PD9 PD10: after 40 days of failure there is a next attempt or something for a person to do")
  @Tag("G21")
  void everyFailureHasANextTimeOrANamedAction(Reaction reaction) {
    h.issuer.failsAlways(failure(reaction));
    AutoTls tls = h.node();

    h.advance(Duration.ofDays(40));

    assertThat(h.status(tls).lastProblem().orElseThrow().advice()).isEqualTo("do this.");
    if (reaction == Reaction.PAUSED) {
      assertThat(h.issuer.refusals()).hasSize(1);
      assertThat(h.status(tls).phase()).isEqualTo("needs attention");
    } else {
      assertThat(h.status(tls).nextStep())
          .isBetween(h.time.instant(), h.time.instant().plus(Duration.ofDays(1)));
    }
    assertThat(h.status(tls).serving()).isEqualTo(Serving.PLACEHOLDER);
  }

  @Test
  @DisplayName("E5 FT25: a pause is never lifted by itself, but by renewNow")
  void aPauseWaitsForAPerson() {
    h.issuer.failsOnce(
        new IssuerException(
            Reaction.PAUSED, "the account is paused.", "visit https://ca.example/unpause.", null));
    AutoTls tls = h.node();
    h.advance(Duration.ofDays(400));
    assertThat(h.issuer.orders()).isEmpty();
    assertThat(tls.explain("example.com"))
        .contains("https://ca.example/unpause")
        .contains("no further attempt by itself");

    tls.renewNow("example.com");
    h.advance(Duration.ofSeconds(10));

    assertThat(h.isServed(tls, "example.com")).isTrue();
  }

  @Test
  @DisplayName("PD18: no request before the Retry-After of a step that failed, across restarts too")
  void retryAfterHolds() {
    h.issuer.failsOnce(failure(Reaction.RETRY_STEP, Duration.ofHours(2)));
    for (int i = 0; i < 11; i++) {
      AutoTls tls = h.node();
      h.advance(Duration.ofMinutes(10));
      tls.close();
    }
    assertThat(h.issuer.steps()).hasSize(1);

    h.node();
    h.advance(Duration.ofMinutes(30));

    assertThat(h.issuer.orders()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"RETRY_STEP", "WAIT"})
  @DisplayName(
      "An order that is as good as finished is not thrown away when its CA cannot be asked")
  void anOrderIsTakenUpAgainAfterAnotherIssuerFailed(Reaction reaction) {
    ScriptedIssuer other = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_ATTEMPT));
    AutoTls tls = h.builder(h.issuer.node("one"), other.node("two")).certificate(SPEC).enable();
    h.advance(Duration.ofSeconds(1));
    assertThat(h.issuer.orders()).hasSize(1);

    h.issuer.failsAlways(failure(reaction));
    h.advance(Duration.ofHours(3));
    assertThat(other.refusals()).isNotEmpty();
    h.issuer.works();
    h.advance(Duration.ofDays(1));

    assertThat(h.isServed(tls, "example.com")).isTrue();
    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(other.orders()).isEmpty();
  }

  @Test
  @DisplayName("An order whose answer was lost is looked for, although another CA was asked since")
  void anOrderThatMayHaveBeenMadeIsLookedFor() {
    ScriptedIssuer other = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_ATTEMPT));
    h.issuer.failsAlways(failure(Reaction.RETRY_STEP));
    AutoTls tls = h.builder(h.issuer.node("one"), other.node("two")).certificate(SPEC).enable();

    h.advance(Duration.ofHours(3));
    assertThat(other.refusals()).isNotEmpty();
    h.issuer.works();
    h.advance(Duration.ofDays(1));

    assertThat(h.isServed(tls, "example.com")).isTrue();
    assertThat(h.issuer.steps().get(0).isResumed()).isFalse();
    assertThat(h.issuer.steps().stream().skip(1).filter(step -> step.state().isEmpty()))
        .isNotEmpty()
        .allMatch(Issuance::isResumed);
  }

  @Test
  void anOrderThatWasLaidAsideForTooLongIsNotTakenUpAgain() {
    ScriptedIssuer other = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_ATTEMPT));
    AutoTls tls = h.builder(h.issuer.node("one"), other.node("two")).certificate(SPEC).enable();
    h.advance(Duration.ofSeconds(1));

    h.issuer.failsAlways(failure(Reaction.WAIT, Duration.ofDays(9)));
    h.advance(Duration.ofDays(8));
    h.issuer.works();
    h.advance(Duration.ofDays(3));

    assertThat(h.isServed(tls, "example.com")).isTrue();
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  @DisplayName("PD18: what one CA asked for holds although another one delivered meanwhile")
  void aCertificateOfAnotherCaEndsNoWait() {
    ScriptedIssuer other = new ScriptedIssuer().lifetime(Duration.ofHours(2));
    AutoTls tls = h.builder(h.issuer.node("one"), other.node("two")).certificate(SPEC).enable();
    h.issuer.failsAlways(failure(Reaction.WAIT, Duration.ofHours(5)));

    h.advance(Duration.ofMinutes(270));

    assertThat(other.orders()).hasSizeGreaterThan(2); // it delivers again and again
    assertThat(h.issuer.refusals()).hasSize(1);
    assertThat(tls.explain("example.com")).contains("1 attempt failed, next attempt at");
    h.advance(Duration.ofMinutes(150));
    assertThat(h.issuer.refusals()).hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"RETRY_STEP", "RETRY_ATTEMPT", "WAIT"})
  void thoseWhoWereToldTheSameTimeDoNotAllComeBackAtOnce(Reaction reaction) {
    Duration asked = Duration.ofHours(1);
    h.issuer.failsAlways(failure(reaction, asked));
    AutoTls tls = h.builder(h.issuer.node()).certificates(Harness.specs("one", 200)).enable();
    Instant told = h.time.instant();

    h.advance(Duration.ofMinutes(1));

    List<Instant> comeBack =
        tls.statuses().stream()
            .filter(status -> status.lastProblem().isPresent())
            .map(CertificateStatus::nextStep)
            .toList();
    assertThat(comeBack).hasSizeGreaterThan(2);
    // Of 200 in six minutes a few meet in one millisecond by chance.
    assertThat(Set.copyOf(comeBack)).hasSizeGreaterThan(comeBack.size() * 9 / 10);
    assertThat(comeBack).allMatch(at -> !at.isBefore(told.plus(asked)));
  }

  @Test
  @DisplayName("PD63: a thousand restarts in three hours make a few attempts more in each hour")
  void restartsShortenABackOffAFewTimesAnHour() {
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));
    AutoTls first = h.node();
    h.advance(Duration.ofHours(3));
    first.close();
    int before = h.issuer.refusals().size();

    for (int i = 0; i < 1000; i++) {
      AutoTls tls = h.node();
      h.advance(Duration.ofSeconds(10));
      tls.close();
    }

    assertThat(h.issuer.refusals().size() - before).isBetween(4, 3 * 4 + 2);
  }

  @Test
  @DisplayName("PD3: a good name behind 5,000 failing ones is issued within a second")
  @Tag("FT41")
  void failingNamesDoNotHoldUpGoodOnes() {
    h.issuer.waits(Duration.ofMillis(100));
    h.issuer.beforeStep(
        step -> {
          if (step.names().get(0).startsWith("bad")) {
            h.issuer.failsOnce(failure(Reaction.RETRY_ATTEMPT));
          }
        });
    AutoTls tls = h.builder(h.issuer.node()).certificates(Harness.specs("bad", 5000)).enable();
    h.advance(Duration.ofMinutes(30));
    assertThat(h.issuer.refusals()).hasSizeGreaterThan(5000);

    tls.add(CertificateSpec.of("good.example"));
    h.advance(Duration.ofSeconds(1));

    assertThat(h.isServed(tls, "good.example")).isTrue();
  }

  @Test
  @DisplayName("PD5: whatever issuer, store and listener throw, the name is tried again")
  void nothingThatIsThrownLosesAName() {
    FaultyStorage storage = new FaultyStorage(h.store);
    storage.onWrite(
        (key, count) -> {
          if (count == 2) {
            throw new AssertionError("a bug of the store");
          } else if (count == 5) {
            throw new IllegalStateException("another one");
          }
        });
    int[] steps = {0};
    h.issuer.beforeStep(
        step -> {
          switch (steps[0]++) {
            case 0 -> throw new StackOverflowError("a bug of the issuer");
            case 1 -> throw new NullPointerException("another one");
            default -> {}
          }
        });
    AutoTls tls =
        h.builder(storage, h.issuer.node())
            .certificate(SPEC)
            .listener(
                event -> {
                  throw new AssertionError("a bug of the application");
                })
            .enable();

    h.advance(Duration.ofHours(2));

    assertThat(h.isServed(tls, "example.com")).isTrue();
    assertThat(tls.ready()).isCompleted();
  }

  @Test
  void aCaThatIsDownIsFoundOutByAFewAndWaitedForByAll() {
    h.issuer.failsAlways(failure(Reaction.RETRY_STEP));
    AutoTls tls = h.builder(h.issuer.node()).certificates(Harness.specs("n", 2000)).enable();

    h.advance(Duration.ofHours(6));

    assertThat(h.issuer.refusals()).hasSizeLessThan(150);
    assertThat(h.events(AutoTlsEvent.IssuerDown.class)).hasSize(1);
    assertThat(tls.status("n1999.example").orElseThrow().waitsFor().orElseThrow())
        .contains("Scripted CA, which is down: it did not work.");
    h.issuer.works();
    h.advance(Duration.ofMinutes(11));
    assertThat(h.events(AutoTlsEvent.IssuerBack.class)).hasSize(1);
    assertThat(tls.statuses()).allMatch(s -> s.serving() == Serving.CERTIFICATE);
  }

  @Test
  void whileOneCaIsDownTheNextOneIssues() {
    ScriptedIssuer down = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_STEP));
    AutoTls tls =
        h.builder(down.node("first"), h.issuer.node("second"))
            .certificates(Harness.specs("n", 500))
            .enable();

    h.advance(Duration.ofMinutes(15));

    assertThat(tls.statuses()).allMatch(s -> s.serving() == Serving.CERTIFICATE);
    assertThat(down.refusals()).hasSizeLessThan(100);
    assertThat(h.events(AutoTlsEvent.IssuerSwitched.class)).isNotEmpty();
  }

  @Test
  @DisplayName(
      "PD36: what every issuer said is kept, and predecessors are named to their own CA only")
  void theFailuresOfAllIssuersAreTold() {
    AutoTls first = h.node(h.issuer.node("one"));
    h.advance(Duration.ofMinutes(1));
    first.close();
    ScriptedIssuer a =
        new ScriptedIssuer()
            .failsAlways(new IssuerException(Reaction.RETRY_ATTEMPT, "no by one.", "x.", null));
    ScriptedIssuer b =
        new ScriptedIssuer()
            .failsAlways(new IssuerException(Reaction.RETRY_ATTEMPT, "no by two.", "y.", null));

    AutoTls tls = h.node(a.node("one"), b.node("two"));
    h.advance(Duration.ofDays(65));

    assertThat(tls.explain("example.com")).contains("no by one.").contains("no by two.");
    assertThat(a.steps()).allMatch(step -> step.predecessor().isPresent());
    assertThat(b.steps()).isNotEmpty().allMatch(step -> step.predecessor().isEmpty());
  }

  @Test
  void aTestCertificateNeverTakesThePlaceOfABetterOne() {
    AutoTls production = h.node(h.issuer.node("production"));
    h.advance(Duration.ofMinutes(1));
    String alias = h.served(production).alias();
    production.close();
    ScriptedIssuer staging = new ScriptedIssuer();

    AutoTls tls = h.node(staging.node("staging", Trust.TEST));
    h.advance(Duration.ofDays(89));

    assertThat(staging.orders()).isEmpty();
    assertThat(h.served(tls).alias()).isEqualTo(alias);
    h.advance(Duration.ofDays(2)); // it has ended: now anything is better
    assertThat(staging.orders()).hasSize(1);
    assertThat(h.served(tls).alias()).isNotEqualTo(alias);
  }

  @Test
  void aLesserIssuerHelpsOutAndIsReplacedWhenTheBetterOneWorks() {
    ScriptedIssuer better = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_ATTEMPT));
    AutoTls tls = h.node(better.node("better"), h.issuer.node("private", Trust.PRIVATE));
    h.advance(Duration.ofHours(2));
    assertThat(h.status(tls).issuer()).contains("CA private");

    better.works();
    h.advance(Duration.ofDays(2));

    assertThat(h.status(tls).issuer()).contains("CA better");
  }

  @Test
  void aLesserCertificateIsRenewedWhenItIsDueHoweverOftenTheBetterCaIsAskedInVain() {
    ScriptedIssuer better = new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_ATTEMPT));
    AutoTls tls = h.node(better.node("better"), h.issuer.node("private", Trust.PRIVATE));

    h.advance(Duration.ofDays(55));

    assertThat(better.refusals()).hasSizeGreaterThan(40); // daily, but for the first ones
    assertThat(h.issuer.orders()).hasSize(1);
    assertThat(h.status(tls).nextStep()).isBefore(h.time.instant().plus(Duration.ofDays(2)));
    assertThat(h.status(tls).lastProblem().orElseThrow().toString())
        .contains("CA better")
        .doesNotContain("next attempt with CA private");
    h.advance(Duration.ofDays(10));
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void aBetterCaThatIsDownForMonthsDelaysNoRenewalOfTheLesserOne() {
    ScriptedIssuer better =
        new ScriptedIssuer().failsAlways(failure(Reaction.RETRY_STEP, Duration.ofDays(100)));
    AutoTls tls =
        h.builder(better.node("better"), h.issuer.node("private", Trust.PRIVATE))
            .certificates(Harness.specs("one", 10))
            .enable();
    h.advance(Duration.ofDays(2));
    assertThat(h.issuer.orders()).hasSize(10);

    h.advance(Duration.ofDays(65));

    assertThat(h.issuer.orders()).hasSize(20);
    assertThat(tls.statuses()).allMatch(status -> status.nextStep().isAfter(h.time.instant()));
  }

  @Test
  @DisplayName("PD26: a store that refuses writes makes few attempts and few words")
  void aStoreThatRefusesWritesIsNotHammered() {
    FaultyStorage storage = new FaultyStorage(h.store);
    storage.onWrite(
        (key, count) -> {
          throw new IOException("no space left on device");
        });
    h.builder(storage, h.issuer.node()).certificate(SPEC).enable();

    h.advance(Duration.ofDays(1));

    assertThat(storage.writes()).isLessThan(1500);
    assertThat(h.events).hasSizeLessThan(15);
    assertThat(h.issuer.orders()).isEmpty();
  }

  @Test
  @DisplayName("G17 FT41: what the ledger does not allow waits, and says until when")
  void theLedgerIsAskedBeforeEachOrder() {
    h.issuer.limits(
        OrderLimits.of(
            List.of(
                OrderLimits.Rule.of(OrderLimits.Scope.ACCOUNT, 10, Duration.ofHours(10))
                    .exempting(OrderLimits.Exempt.RENEWALS))));
    AutoTls tls = h.builder(h.issuer.node()).certificates(Harness.specs("n", 20)).enable();

    h.advance(Duration.ofMinutes(30));
    assertThat(h.issuer.orders()).hasSizeBetween(8, 11);
    assertThat(tls.statuses().stream().flatMap(s -> s.lastProblem().stream()).findFirst())
        .hasValueSatisfying(problem -> assertThat(problem.what()).contains("not asked"));
    h.advance(Duration.ofHours(30));

    assertThat(tls.statuses()).allMatch(s -> s.serving() == Serving.CERTIFICATE);
  }

  @Test
  void anEmptyStoreAndManyNamesAreASuspicion() {
    h.issuer.limits(
        OrderLimits.of(
            List.of(OrderLimits.Rule.of(OrderLimits.Scope.ACCOUNT, 1000, Duration.ofHours(1)))));
    AutoTls tls = h.builder(h.issuer.node()).certificates(Harness.specs("n", 100)).enable();

    h.advance(Duration.ofSeconds(15));
    assertThat(h.issuer.orders()).hasSize(10);
    tls.add(CertificateSpec.of("asked.example"));
    h.advance(Duration.ofSeconds(4));
    assertThat(h.isServed(tls, "asked.example")).isTrue();
    h.advance(Duration.ofHours(1));

    assertThat(tls.statuses()).allMatch(s -> s.serving() == Serving.CERTIFICATE);
  }

  @Test
  @DisplayName("PD52 PD64: failed attempts of a name stay below five an hour")
  void failedAttemptsStayRare() {
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));
    h.node();
    h.advance(Duration.ofDays(3));

    List<Instant> refusals = h.issuer.refusals();
    for (Instant at : refusals) {
      assertThat(
              refusals.stream()
                  .filter(o -> !o.isBefore(at) && o.isBefore(at.plus(Duration.ofHours(1)))))
          .hasSizeLessThanOrEqualTo(5);
    }
    assertThat(START).isBefore(refusals.get(0).plusSeconds(1));
  }
}

package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.TestCa;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A clock that differs from the CA's is told by that name, and costs nothing that was issued. */
class ClockComparisonTest {
  private static final String NAME = "shop.example";

  private final VirtualTime time =
      VirtualTime.startingAt(Instant.now().truncatedTo(ChronoUnit.SECONDS));
  private final SkewedTime clock = new SkewedTime(time, Duration.ZERO);
  private final MemoryStorage store = MemoryStorage.create();
  private final List<AutoTlsEvent> events = new ArrayList<>();
  private Duration caClock = Duration.ZERO;
  private final TestCa ca =
      TestCa.builder().time(() -> time.instant().plus(caClock)).scheduler(time::schedule).start();
  private AutoTls tls;

  @AfterEach
  void close() {
    tls.close();
    ca.close();
  }

  private AutoTls enabled() {
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
    tls = node(clock, ca).listener(events::add).enable();
    time.advance(Duration.ofHours(1));
    return tls;
  }

  private AutoTls.Builder node(SkewedTime clock, TestCa... cas) {
    AutoTls.Builder builder =
        AutoTls.builder()
            .agreeToTermsOfService()
            .storage(store)
            .time(clock)
            .executor(time)
            .domains(NAME)
            .solver(new ZoneSolver(ca.dns()));
    for (TestCa one : cas) {
      builder.issuer(
          AcmeIssuer.builder(one.directory()).trustedRoots(List.of(one.httpsRoot())).build());
    }
    return builder;
  }

  private List<AutoTlsEvent> clockEvents() {
    return events.stream()
        .filter(
            event ->
                event instanceof AutoTlsEvent.ClockDiffers
                    || event instanceof AutoTlsEvent.ClockAgrees)
        .toList();
  }

  private Credential served() {
    return tls.keyring().find(NAME);
  }

  @ParameterizedTest
  @CsvSource({
    "P3650D, 10 years ahead of",
    "P100D, 100 days ahead of",
    "PT2H, 2 hours ahead of",
    "PT-10M, 10 minutes behind",
    "P-400D, 400 days behind"
  })
  void aWrongClockIsToldAndKeepsWhatWasIssued(String wrong, String words) {
    clock.isWrongBy(Duration.parse(wrong));

    enabled();

    assertThat(served().isValidAt(time.instant())).isTrue();
    assertThat(ca.orders()).hasSize(1);
    assertThat(clockEvents()).singleElement().isInstanceOf(AutoTlsEvent.ClockDiffers.class);
    assertThat(((AutoTlsEvent.ClockDiffers) clockEvents().get(0)).ahead())
        .isCloseTo(Duration.parse(wrong), Duration.ofSeconds(2));
    assertThat(tls.status(NAME).orElseThrow().lastProblem().orElseThrow().toString())
        .contains("This machine's clock is " + words, "by NTP");
    assertThat(tls.explain(NAME).toString()).contains(words);
    assertThat(events).noneMatch(AutoTlsEvent.Failed.class::isInstance);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT4M", "PT-4M"})
  void aSoundClockIsNotSpokenOf(String wrong) {
    clock.isWrongBy(Duration.parse(wrong));

    enabled();

    assertThat(clockEvents()).isEmpty();
    assertThat(tls.explain(NAME).toString()).doesNotContain("clock");
  }

  @Test
  void anotherDifferenceIsToldAgainAndSoIsItsEnd() {
    clock.isWrongBy(Duration.ofDays(3));
    enabled();

    renewedWithClock(Duration.ofDays(3));
    renewedWithClock(Duration.ofDays(-3));
    renewedWithClock(Duration.ZERO);

    assertThat(clockEvents())
        .extracting(Object::getClass)
        .containsExactly(
            (Class<?>) AutoTlsEvent.ClockDiffers.class,
            AutoTlsEvent.ClockDiffers.class,
            AutoTlsEvent.ClockAgrees.class);
    assertThat(tls.status(NAME).orElseThrow().lastProblem()).isEmpty();
  }

  private void renewedWithClock(Duration wrong) {
    clock.isWrongBy(wrong);
    time.advance(Duration.ofMinutes(20));
    tls.renewNow(NAME);
    time.advance(Duration.ofMinutes(20));
  }

  @Test
  void aRenewalServesAtOnceWhereOnlyOurClockIsLate() {
    enabled();
    time.advance(Duration.ofDays(5));
    final Credential before = served();
    clock.isWrongBy(Duration.ofDays(-3));
    time.advance(Duration.ofMinutes(20));

    tls.renewNow(NAME);
    time.advance(Duration.ofMinutes(1));

    assertThat(ca.orders()).hasSize(2);
    assertThat(served()).isNotEqualTo(before);
  }

  @Test
  void whatBeginsLaterForTheCaTooIsWaitedForWhateverOurClockSays() {
    enabled();
    final Credential before = served();
    clock.isWrongBy(Duration.ofDays(40));
    time.advance(Duration.ofMinutes(20));
    ca.chains().issueAhead(Duration.ofDays(20));

    tls.renewNow(NAME);
    time.advance(Duration.ofMinutes(20));

    assertThat(served()).isEqualTo(before);
    time.advance(Duration.ofDays(19));
    assertThat(served()).isEqualTo(before);
    time.advance(Duration.ofDays(2));
    assertThat(served()).isNotEqualTo(before);
    assertThat(served().isValidAt(time.instant())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"P1D", "P100D", "P-100D"})
  void whatACaIssuedByAWrongClockIsReplacedWhenThatIsRight(String wrong) {
    caClock = Duration.parse(wrong);
    enabled();
    assertThat(served().isValidAt(time.instant())).isFalse();

    caClock = Duration.ZERO;
    time.advance(Duration.ofHours(30));

    assertThat(served().isValidAt(time.instant())).isTrue();
    assertThat(ca.orders()).hasSize(2);
  }

  @Test
  void aCaThatDoesNotTellTheTimeIsNoReasonToOrderAgainAndAgain() {
    clock.isWrongBy(Duration.ofDays(100));
    for (Endpoint endpoint : Endpoint.values()) {
      ca.on(endpoint).always().setHeaders("Date", "today");
    }

    enabled();

    assertThat(ca.orders()).hasSizeLessThanOrEqualTo(2);
    assertThat(served().isValidAt(time.instant())).isTrue();
    assertThat(clockEvents()).isEmpty();
  }

  @Test
  void ofTwoClocksTheOneIsWrongThatTheCaDoesNotAgreeWith() {
    enabled();

    renewedByAnotherNode(Duration.ofHours(2));

    assertThat(events(AutoTlsEvent.NodeClockDiffers.class))
        .extracting(AutoTlsEvent.NodeClockDiffers::suspect)
        .containsExactly(AutoTlsEvent.NodeClockDiffers.Suspect.OTHER_NODE);
    assertThat(tls.explain(NAME).toString())
        .contains("2 hours ahead of this machine's: that one is wrong", "the clock of that node");
  }

  @Test
  void whatTheCaHasSaidOfOurClockIsNotSaidAgainBecauseOfANode() {
    clock.isWrongBy(Duration.ofHours(-2));
    enabled();

    renewedByAnotherNode(Duration.ZERO);

    assertThat(events(AutoTlsEvent.NodeClockDiffers.class)).isEmpty();
    assertThat(clockEvents()).hasSize(1);
    assertThat(tls.explain(NAME).toString()).contains("This machine's clock is 2 hours behind");
  }

  private void renewedByAnotherNode(Duration wrong) {
    try (AutoTls other = node(new SkewedTime(time, wrong), ca).enable()) {
      other.renewNow(NAME);
      time.advance(Duration.ofMinutes(20));
    }
  }

  private <T extends AutoTlsEvent> List<T> events(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }
}

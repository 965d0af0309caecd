package io.autotls.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.internal.cluster.CircuitBreakers.Was;
import io.autotls.internal.cluster.Outage.End;
import io.autotls.internal.queue.Resource;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The breakers, and what another node's word is worth. */
class CircuitBreakersTest {
  private static final String CA = "ca";
  private static final Resource STEPS = Resource.steps(CA);
  private static final Resource INQUIRIES = Resource.inquiries(CA);
  private static final Duration HOUR = Duration.ofHours(1);

  private final SharedTime time = new SharedTime();
  private final SharedTime.Node clock = time.node();
  private final CircuitBreakers health = new CircuitBreakers(clock, new Random(1));

  private boolean unwell(String spec) {
    return health.unwell(CA, spec, Optional.empty(), "no route");
  }

  private Outage outage(Duration pause, End end) {
    return new Outage(SharedTime.START, pause, end, "no route");
  }

  @Test
  void threeNamesShutTheGateAndAnAnswerOpensIt() {
    unwell("a");
    unwell("b");
    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);

    assertThat(unwell("c")).isTrue();

    assertThat(health.room(STEPS)).isZero();
    assertThat(health.answered(CA)).isEqualTo(Was.DOWN);
    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void whatMayBeTheTroubleOfAnotherNodeShutsNothingAndLetsOneNameAskFirst() {
    assertThat(health.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE))).isTrue();

    assertThat(health.closedFor(CA)).isZero();
    assertThat(health.room(STEPS)).isEqualTo(1);
    assertThat(health.room(INQUIRIES)).isEqualTo(1);
    assertThat(health.mayBeAsked(CA)).isTrue();
    assertThat(health.trouble(CA))
        .contains("another node found it down at 2026-11-24T00:00:00Z: no route");
  }

  @Test
  void theOneThatAsksFirstIsBelievedAtOnceIfItFindsTheIssuerUnwell() {
    health.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE));

    assertThat(unwell("a")).isTrue();

    assertThat(health.room(STEPS)).isZero();
    time.advance(Duration.ofSeconds(5));
    assertThat(health.room(STEPS)).isEqualTo(1);
    assertThat(unwell("b")).isFalse();
    assertThat(health.closedFor(CA)).isPositive();
  }

  @Test
  void theOneThatAsksFirstOpensTheGateForAllIfItGetsAnAnswer() {
    health.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE));

    assertThat(health.answered(CA)).isEqualTo(Was.DOUBTED);

    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(health.trouble(CA)).isEmpty();
  }

  @Test
  void careEndsByItself() {
    health.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE));

    time.advance(Duration.ofMinutes(5));

    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(health.room(INQUIRIES)).isEqualTo(CircuitBreakers.INQUIRIES_AT_ONCE);
    unwell("a");
    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void aTimeThatTheCaNamedShutsTheGateUntilThenAndOneAsksFirst() {
    health.heard(CA, outage(HOUR, End.NAMED_BY_CA));

    time.advance(HOUR.minusSeconds(1));
    assertThat(health.room(STEPS)).isZero();
    assertThat(health.room(INQUIRIES)).isZero();
    time.advance(Duration.ofSeconds(1));
    assertThat(health.room(STEPS)).isEqualTo(1);
    time.advance(Duration.ofMinutes(10));
    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void whatIsTakenBackHoldsNoLonger() {
    health.heard(CA, outage(HOUR, End.NAMED_BY_CA));

    assertThat(health.withdrawn(CA)).isTrue();

    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(health.withdrawn(CA)).isFalse();
  }

  @Test
  void whatThisNodeFoundItselfIsNotTakenBackByOthers() {
    unwell("a");
    unwell("b");
    unwell("c");
    health.heard(CA, outage(HOUR, End.NAMED_BY_CA));

    health.withdrawn(CA);

    assertThat(health.closedFor(CA)).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(5));
  }

  @Test
  void aNodeWhoseClockIsSlowWaitsNoLongerThanThePauseFromItsFirstSight() {
    clock.jump(Duration.ofHours(-1));

    health.heard(CA, outage(Duration.ofMinutes(30), End.NAMED_BY_CA));

    assertThat(health.closedFor(CA)).isEqualTo(Duration.ofMinutes(30));
  }

  @Test
  void aClockThatJumpsMakesNobodyWaitLonger() {
    health.heard(CA, outage(Duration.ofMinutes(30), End.NAMED_BY_CA));

    clock.jump(Duration.ofDays(-1));

    assertThat(health.closedFor(CA)).isEqualTo(Duration.ofMinutes(30));
  }

  @Test
  void aReportThatIsOverIsIgnoredAndReplacesWhatWasHeardBefore() {
    health.heard(CA, outage(HOUR, End.NAMED_BY_CA));
    clock.jump(Duration.ofMinutes(10));

    assertThat(health.heard(CA, outage(Duration.ofMinutes(5), End.NAMED_BY_CA))).isTrue();

    assertThat(health.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(health.isBeyondDoubt(CA)).isTrue();
  }

  @Test
  void nobodyIsShutOutForLongerThanAWeek() {
    health.heard(CA, outage(Duration.ofDays(3650), End.NAMED_BY_CA));
    assertThat(health.closedFor(CA)).isEqualTo(Duration.ofDays(7));
    health.answered(CA);

    for (String spec : new String[] {"a", "b", "c"}) {
      health.unwell(CA, spec, Optional.of(Duration.ofDays(3650)), "busy");
    }

    assertThat(health.closedFor(CA)).isEqualTo(Duration.ofDays(7));
    assertThat(health.found(CA).orElseThrow().end()).isEqualTo(End.NAMED_BY_CA);
  }
}

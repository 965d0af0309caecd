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
  private final CircuitBreakers breakers = new CircuitBreakers(clock, new Random(1));

  private boolean unwell(String spec) {
    return breakers.unwell(CA, spec, Optional.empty(), "no route");
  }

  private Outage outage(Duration pause, End end) {
    return new Outage(SharedTime.START, pause, end, "no route");
  }

  @Test
  void threeNamesShutTheGateAndAnAnswerOpensIt() {
    unwell("a");
    unwell("b");
    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);

    assertThat(unwell("c")).isTrue();

    assertThat(breakers.room(STEPS)).isZero();
    assertThat(breakers.answered(CA)).isEqualTo(Was.DOWN);
    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void whatMayBeTheTroubleOfAnotherNodeShutsNothingAndLetsOneNameAskFirst() {
    assertThat(breakers.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE))).isTrue();

    assertThat(breakers.closedFor(CA)).isZero();
    assertThat(breakers.room(STEPS)).isEqualTo(1);
    assertThat(breakers.room(INQUIRIES)).isEqualTo(1);
    assertThat(breakers.mayBeAsked(CA)).isTrue();
    assertThat(breakers.trouble(CA))
        .contains("another node found it down at 2026-11-24T00:00:00Z: no route");
  }

  @Test
  void theOneThatAsksFirstIsBelievedAtOnceIfItFindsTheIssuerUnwell() {
    breakers.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE));

    assertThat(unwell("a")).isTrue();

    assertThat(breakers.room(STEPS)).isZero();
    time.advance(Duration.ofSeconds(5));
    assertThat(breakers.room(STEPS)).isEqualTo(1);
    assertThat(unwell("b")).isFalse();
    assertThat(breakers.closedFor(CA)).isPositive();
  }

  @Test
  void theOneThatAsksFirstOpensTheGateForAllIfItGetsAnAnswer() {
    breakers.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE));

    assertThat(breakers.answered(CA)).isEqualTo(Was.DOUBTED);

    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(breakers.trouble(CA)).isEmpty();
  }

  @Test
  void careEndsByItself() {
    breakers.heard(CA, outage(Duration.ofMinutes(5), End.GUESSED_BY_NODE));

    time.advance(Duration.ofMinutes(5));

    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(breakers.room(INQUIRIES)).isEqualTo(CircuitBreakers.INQUIRIES_AT_ONCE);
    unwell("a");
    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void aTimeThatTheCaNamedShutsTheGateUntilThenAndOneAsksFirst() {
    breakers.heard(CA, outage(HOUR, End.NAMED_BY_CA));

    time.advance(HOUR.minusSeconds(1));
    assertThat(breakers.room(STEPS)).isZero();
    assertThat(breakers.room(INQUIRIES)).isZero();
    time.advance(Duration.ofSeconds(1));
    assertThat(breakers.room(STEPS)).isEqualTo(1);
    time.advance(Duration.ofMinutes(10));
    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
  }

  @Test
  void whatIsTakenBackHoldsNoLonger() {
    breakers.heard(CA, outage(HOUR, End.NAMED_BY_CA));

    assertThat(breakers.withdrawn(CA)).isTrue();

    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(breakers.withdrawn(CA)).isFalse();
  }

  @Test
  void whatThisNodeFoundItselfIsNotTakenBackByOthers() {
    unwell("a");
    unwell("b");
    unwell("c");
    breakers.heard(CA, outage(HOUR, End.NAMED_BY_CA));

    breakers.withdrawn(CA);

    assertThat(breakers.closedFor(CA)).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(5));
  }

  @Test
  void aNodeWhoseClockIsSlowWaitsNoLongerThanThePauseFromItsFirstSight() {
    clock.jump(Duration.ofHours(-1));

    breakers.heard(CA, outage(Duration.ofMinutes(30), End.NAMED_BY_CA));

    assertThat(breakers.closedFor(CA)).isEqualTo(Duration.ofMinutes(30));
  }

  @Test
  void aClockThatJumpsMakesNobodyWaitLonger() {
    breakers.heard(CA, outage(Duration.ofMinutes(30), End.NAMED_BY_CA));

    clock.jump(Duration.ofDays(-1));

    assertThat(breakers.closedFor(CA)).isEqualTo(Duration.ofMinutes(30));
  }

  @Test
  void aReportThatIsOverIsIgnoredAndReplacesWhatWasHeardBefore() {
    breakers.heard(CA, outage(HOUR, End.NAMED_BY_CA));
    clock.jump(Duration.ofMinutes(10));

    assertThat(breakers.heard(CA, outage(Duration.ofMinutes(5), End.NAMED_BY_CA))).isTrue();

    assertThat(breakers.room(STEPS)).isEqualTo(CircuitBreakers.STEPS);
    assertThat(breakers.isBeyondDoubt(CA)).isTrue();
  }

  @Test
  void nobodyIsShutOutForLongerThanAWeek() {
    breakers.heard(CA, outage(Duration.ofDays(3650), End.NAMED_BY_CA));
    assertThat(breakers.closedFor(CA)).isEqualTo(Duration.ofDays(7));
    breakers.answered(CA);

    for (String spec : new String[] {"a", "b", "c"}) {
      breakers.unwell(CA, spec, Optional.of(Duration.ofDays(3650)), "busy");
    }

    assertThat(breakers.closedFor(CA)).isEqualTo(Duration.ofDays(7));
    assertThat(breakers.found(CA).orElseThrow().end()).isEqualTo(End.NAMED_BY_CA);
  }
}

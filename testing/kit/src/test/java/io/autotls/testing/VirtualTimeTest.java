package io.autotls.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.spi.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final VirtualTime time = VirtualTime.startingAt(START);
  private final List<String> happened = new ArrayList<>();

  private void at(long seconds, String what) {
    time.schedule(Duration.ofSeconds(seconds), () -> happened.add(what + " " + seconds()));
  }

  private long seconds() {
    return Duration.between(START, time.instant()).toSeconds();
  }

  @Test
  void standsStillUntilItIsMoved() {
    at(0, "soon");

    assertThat(happened).isEmpty();
    assertThat(time.instant()).isEqualTo(START);
    assertThat(time.nanos()).isZero();
  }

  @Test
  void everythingHappensAtItsMomentAndInItsOrder() {
    at(30, "third");
    at(10, "first");
    at(20, "second");
    at(31, "later");

    time.advance(Duration.ofSeconds(30));

    assertThat(happened).containsExactly("first 10", "second 20", "third 30");
    assertThat(seconds()).isEqualTo(30);
  }

  @Test
  void ofTheSameMomentTheEarlierScheduledComesFirst() {
    at(5, "one");
    at(5, "two");
    at(5, "three");

    time.advance(Duration.ofSeconds(5));

    assertThat(happened).containsExactly("one 5", "two 5", "three 5");
  }

  @Test
  void aDelayOfLessThanNothingMeansNow() {
    at(-5, "late");

    time.runUntilIdle();

    assertThat(happened).containsExactly("late 0");
  }

  @Test
  void whatWorkSchedulesHappensInTheSameAdvance() {
    time.schedule(Duration.ofSeconds(10), () -> at(10, "follows"));

    time.advance(Duration.ofSeconds(25));

    assertThat(happened).containsExactly("follows 20");
    assertThat(seconds()).isEqualTo(25);
  }

  @Test
  void workIsDoneBeforeTheNextTimerAndTakesNoTime() {
    time.schedule(
        Duration.ofSeconds(1), () -> time.execute(() -> happened.add("work " + seconds())));
    at(2, "timer");

    time.advance(Duration.ofSeconds(2));

    assertThat(happened).containsExactly("work 1", "timer 2");
  }

  @Test
  void whatIsCancelledDoesNotHappen() {
    Cancellable call = time.schedule(Duration.ofSeconds(1), () -> happened.add("cancelled"));
    at(1, "other");

    call.cancel();
    time.advance(Duration.ofSeconds(1));

    assertThat(happened).containsExactly("other 1");
  }

  @Test
  void aJumpOfTheWallClockLetsNoTimePass() {
    at(10, "timer");

    time.jump(Duration.ofDays(-1));
    time.runUntilIdle();

    assertThat(time.instant()).isEqualTo(START.minus(Duration.ofDays(1)));
    assertThat(time.nanos()).isZero();
    assertThat(happened).isEmpty();
    time.advance(Duration.ofSeconds(10));
    assertThat(happened).hasSize(1);
  }

  @Test
  void aYearTakesAsLongAsItsWork() {
    repeatDaily();

    time.advance(Duration.ofDays(365));

    assertThat(happened).hasSize(365);
    assertThat(time.instant()).isEqualTo(START.plus(Duration.ofDays(365)));
  }

  private void repeatDaily() {
    time.schedule(
        Duration.ofDays(1),
        () -> {
          happened.add("day");
          repeatDaily();
        });
  }
}

package io.autotls.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class EmptyStoreBrakeTest {
  private final ManualTime time = new ManualTime();
  private final EmptyStoreBrake brake = new EmptyStoreBrake(time);

  @Test
  void tenBeginAtOnceAndThenOneInAWhile() {
    assertThat(IntStream.range(0, 10)).allMatch(i -> brake.waitOf("spec" + i).isZero());

    assertThat(brake.waitOf("spec10")).isEqualTo(Duration.ofSeconds(20));
    assertThat(brake.waitOf("spec11")).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  void askingAgainChangesNothing() {
    IntStream.range(0, 11).forEach(i -> brake.waitOf("spec" + i));

    time.advance(Duration.ofSeconds(5));
    assertThat(brake.waitOf("spec10")).isEqualTo(Duration.ofSeconds(15));
    time.advance(Duration.ofSeconds(15));
    assertThat(brake.waitOf("spec10")).isZero();
  }

  @Test
  void withinTenMinutesAPersonHasLostFortyOrdersAtMost() {
    long begun = namesThatBeginWithin(Duration.ofMinutes(10));

    assertThat(begun).isEqualTo(40);
  }

  @Test
  @Tag("FT41")
  void aThousandNamesBeginWithinTheHour() {
    long begun = namesThatBeginWithin(Duration.ofHours(1));

    assertThat(begun).isEqualTo(1_000);
  }

  @Test
  void theWallClockMayJump() {
    IntStream.range(0, 11).forEach(i -> brake.waitOf("spec" + i));

    time.jump(Duration.ofDays(1));

    assertThat(brake.waitOf("spec10")).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void fewNamesAndAnyTraceOfAnEarlierLifeAreNoReasonToBrake() {
    assertThat(EmptyStoreBrake.isSuspicious(1_000, 0, 0)).isTrue();
    assertThat(EmptyStoreBrake.isSuspicious(1_000, 1, 0)).isFalse();
    assertThat(EmptyStoreBrake.isSuspicious(1_000, 0, 1)).isFalse();
    assertThat(EmptyStoreBrake.isSuspicious(49, 0, 0)).isFalse();
  }

  private long namesThatBeginWithin(Duration duration) {
    return IntStream.range(0, 1_000)
        .mapToObj(i -> brake.waitOf("spec" + i))
        .filter(wait -> wait.compareTo(duration) <= 0)
        .count();
  }
}

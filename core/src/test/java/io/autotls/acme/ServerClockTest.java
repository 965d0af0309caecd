package io.autotls.acme;

import static io.autotls.acme.ScriptedCa.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import okhttp3.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is learnt from the dates of answers. */
class ServerClockTest {
  private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");
  private static final String DATE = "Sun, 29 Nov 2026 12:00:00 GMT";

  private final List<Duration> heard = new ArrayList<>();
  private final ServerClock clock = new ServerClock(heard::add);

  private void answer(Instant sent, Duration took) {
    clock.heard(Headers.of("Date", DATE), sent, sent.plus(took));
  }

  @Test
  void aDifferenceIsWhatIsLeftOfItAfterTheTimeThatTheRequestTook() {
    answer(NOON.plusSeconds(600), Duration.ofSeconds(3));
    assertThat(clock.now(NOON)).contains(NOON.minusSeconds(599));

    answer(NOON.minusSeconds(600), Duration.ofSeconds(3));
    assertThat(clock.now(NOON)).contains(NOON.plusSeconds(597));

    answer(NOON.minusSeconds(20), Duration.ofSeconds(30));
    assertThat(clock.now(NOON)).contains(NOON);
    assertThat(heard)
        .containsExactly(Duration.ofSeconds(-599), Duration.ofSeconds(597), Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tomorrow", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"})
  void aDateThatMakesNoSenseSaysNothing(String date) {
    clock.heard(Headers.of("Date", date), NOON, NOON);
    clock.heard(Headers.of(), NOON, NOON);

    assertThat(heard).isEmpty();
  }

  @Test
  void anAnswerOfACacheIsOfAnotherTime() {
    clock.heard(Headers.of("Date", DATE, "Age", "86400"), NOON.plusSeconds(86400), NOON);

    assertThat(heard).isEmpty();
  }

  @Test
  void aClockThatIsSetDuringARequestMeasuresNothing() {
    clock.heard(Headers.of("Date", DATE), NOON.plus(Duration.ofDays(400)), NOON);

    assertThat(heard).isEmpty();
  }

  @Test
  void whoeverUsesTheClientHearsIt() throws Exception {
    InstantSource late = InstantSource.fixed(NOON.minus(Duration.ofDays(3)));
    try (ScriptedCa ca = new ScriptedCa();
        AcmeClient client = ca.client().clock(late).clockObserver(heard::add).build()) {
      ca.on("GET /directory", json(200, ca.directory()).setHeader("Date", DATE));

      client.directory();
    }

    assertThat(heard).containsExactly(Duration.ofDays(3));
  }
}

package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.SPEC;
import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A clock that was wrong costs nothing once it is right again. */
class WrongClockTest {
  private final Harness h = new Harness();
  private final SkewedTime clock = new SkewedTime(h.time, Duration.ZERO);

  private AutoTls node(SkewedTime time) {
    h.issuer.clock(h.time::instant);
    return h.builder(h.issuer.node()).time(time).certificate(SPEC).enable();
  }

  private AutoTls node() {
    return node(clock);
  }

  /** Lets days pass, and looks each day whether visitors get what is valid. */
  private void daysWithACertificate(int days, AutoTls... nodes) {
    for (int day = 0; day < days; day++) {
      h.advance(Duration.ofDays(1));
      for (AutoTls node : nodes) {
        assertThat(h.served(node).isValidAt(h.time.instant())).as("day %d", day).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-P20000D", "-P400D", "-P3D", "PT2H", "P40D", "P89D", "P100D", "P3650D"})
  void aClockThatJumpsAndComesBackCostsNothing(String jump) {
    AutoTls tls = node();
    h.advance(Duration.ofDays(5));

    clock.isWrongBy(Duration.parse(jump));
    h.advance(Duration.ofHours(1));
    assertThat(h.issuer.orders()).hasSizeLessThan(5);
    clock.isWrongBy(Duration.ZERO);

    daysWithACertificate(150, tls);
    assertThat(h.issuer.orders()).hasSizeLessThan(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-P400D", "P5D", "P40D", "P100D", "P3650D"})
  void aStartWithAWrongClockCostsNothingAfterTheNextOne(String wrong) {
    clock.isWrongBy(Duration.parse(wrong));
    AutoTls first = node();
    h.advance(Duration.ofHours(1));
    first.close();

    AutoTls second = node(new SkewedTime(h.time, Duration.ZERO));

    h.advance(Duration.ofMinutes(1));
    daysWithACertificate(150, second);
    assertThat(h.issuer.orders()).hasSizeLessThan(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-P3D", "P3D", "P70D", "P100D", "P3650D"})
  void aClockThatStaysWrongOrdersNoMoreThanAPausePermits(String wrong) {
    clock.isWrongBy(Duration.parse(wrong));
    node();

    h.advance(Duration.ofDays(7));

    assertThat(h.issuer.orders()).hasSizeLessThanOrEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"P5D", "P100D", "P3650D"})
  void whatFailedUnderAWrongClockIsTriedAgainSoon(String wrong) {
    clock.isWrongBy(Duration.parse(wrong));
    h.issuer.failsAlways(failure(Reaction.WAIT, Duration.ofDays(2)));
    AutoTls first = node();
    h.advance(Duration.ofHours(1));
    first.close();
    h.issuer.works();

    AutoTls second = node(new SkewedTime(h.time, Duration.ZERO));

    h.advance(Duration.ofHours(7));
    assertThat(h.served(second).isValidAt(h.time.instant())).isTrue();
    assertThat(h.isServed(second, "example.com")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"P100D", "P3650D"})
  void theClockOfOneNodeDoesNotHarmTheOthers(String wrong) {
    AutoTls sound = node();
    h.advance(Duration.ofDays(5));
    SkewedTime other = new SkewedTime(h.time, Duration.parse(wrong));
    h.issuer.failsAlways(failure(Reaction.WAIT, Duration.ofDays(1)));
    AutoTls bad = node(other);
    h.advance(Duration.ofHours(1));
    bad.close();
    h.issuer.works();

    daysWithACertificate(150, sound);
  }

  /** Each takes what the others obtained for a certificate that has ended, or is about to. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // else it does not end
  void nodesWhoseClocksAreYearsApartDoNotOrderInTurns() {
    for (String wrong : List.of("PT0S", "P80D", "P730D", "P3650D", "P-730D")) {
      node(new SkewedTime(h.time, Duration.parse(wrong)));
    }

    h.advance(Duration.ofDays(7));

    assertThat(h.issuer.orders()).hasSizeLessThanOrEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Job-Due", "Renewal-At", "Current-Obtained", "Renewal-Ask-At"})
  void aTimeThatNoRuleKnowsIsNotBelieved(String header) throws IOException {
    AutoTls first = node();
    h.advance(Duration.ofDays(5));
    first.close();
    edit(header + ": 20\\d\\d", header + ": 2096");

    AutoTls second = node(new SkewedTime(h.time, Duration.ZERO));

    daysWithACertificate(150, second);
  }

  private void edit(String pattern, String replacement) throws IOException {
    String key = "certificates/" + SPEC.id();
    var entry = h.store.read(Key.of(key)).orElseThrow();
    String text = new String(entry.value(), StandardCharsets.UTF_8);
    String edited = text.replaceAll("(?m)^" + pattern, replacement);
    assertThat(edited).isNotEqualTo(text);
    h.store.write(Key.of(key), edited.getBytes(StandardCharsets.UTF_8), entry.version());
  }

  @Test
  void lifeIsCountedFromWhenACertificateWasObtained() {
    h.issuer.lifetime(Duration.ofMinutes(30)).backdates(Duration.ofHours(1));
    AutoTls tls = node();

    for (int minute = 0; minute < 240; minute++) {
      h.advance(Duration.ofMinutes(1));
      assertThat(h.served(tls).isValidAt(h.time.instant())).isTrue();
    }

    assertThat(h.issuer.orders()).hasSizeBetween(15, 20);
  }

  /** As of a node that was down while its order was done. */
  @Test
  void whatEndedBeforeItWasFetchedIsReplacedAtOnce() {
    h.issuer.lifetime(Duration.ofHours(-1)).backdates(Duration.ofHours(2));
    h.issuer.beforeStep(
        step -> {
          if (h.issuer.orders().size() > 1) {
            h.issuer.lifetime(Duration.ofHours(1));
          }
        });
    AutoTls tls = node();

    h.advance(Duration.ofMinutes(1));

    assertThat(h.served(tls).isValidAt(h.time.instant())).isTrue();
    assertThat(h.issuer.orders()).hasSize(2);
  }

  @Test
  void aSleepIsNoWrongClock() {
    AutoTls tls = node();
    h.advance(Duration.ofDays(5));

    h.time.jump(Duration.ofDays(60));
    h.advance(Duration.ofMinutes(11));

    assertThat(h.issuer.orders()).hasSize(2);
    assertThat(h.served(tls).notBefore()).isAfter(Instant.parse("2027-01-28T00:00:00Z"));
  }
}

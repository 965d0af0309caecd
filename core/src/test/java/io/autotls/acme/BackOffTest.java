package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BackOffTest {
  private static final URI URL = URI.create("https://ca.test/order");

  private final BackOff backOff = new BackOff(new Random(7));

  @Test
  @DisplayName("R4 looks begin early, become rarer, and never rarer than every 16 seconds")
  void looks() {
    assertThat(backOff.look(0, null, new Pace()))
        .isBetween(Duration.ofMillis(150), Duration.ofMillis(158));
    assertThat(backOff.look(1, null, new Pace()))
        .isBetween(Duration.ofMillis(195), Duration.ofMillis(205));
    assertThat(backOff.look(1_000_000, null, new Pace()))
        .isBetween(Duration.ofSeconds(15), Duration.ofSeconds(16));
  }

  @Test
  @DisplayName("R1 R2 what the CA asks for is kept, never shortened, and never a hot loop")
  void asked() {
    assertThat(
            IntStream.range(0, 100)
                .mapToObj(i -> backOff.look(i, Duration.ofSeconds(20), new Pace())))
        .allMatch(pause -> pause.compareTo(Duration.ofSeconds(20)) >= 0)
        .allMatch(pause -> pause.compareTo(Duration.ofSeconds(21)) <= 0);
    assertThat(backOff.look(0, Duration.ZERO, new Pace()))
        .isGreaterThanOrEqualTo(Duration.ofMillis(150));
  }

  @Test
  @DisplayName("R4 a CA that is fast is asked sooner next time, a slow one later, within bounds")
  void pace() {
    Pace pace = new Pace();

    pace.news(1);
    assertThat(pace.firstLook()).isEqualTo(Duration.ofMillis(127));
    IntStream.range(0, 100).forEach(i -> pace.news(1));
    assertThat(pace.firstLook()).isEqualTo(Duration.ofMillis(50));
    IntStream.range(0, 100).forEach(i -> pace.news(3));
    assertThat(pace.firstLook()).isEqualTo(Duration.ofMillis(400));
  }

  @Test
  @DisplayName("N5 a failure that may pass is repeated three times, with full jitter")
  void repeats() {
    AcmeException busy = server(503, null);

    assertThat(IntStream.range(0, 200).mapToObj(i -> backOff.repeat(2, busy)))
        .allMatch(pause -> pause.compareTo(Duration.ofMillis(4_100)) < 0)
        .anyMatch(pause -> pause.compareTo(Duration.ofMillis(500)) < 0)
        .anyMatch(pause -> pause.compareTo(Duration.ofMillis(3_500)) > 0);
    assertThat(backOff.repeat(3, busy)).isNull();
    assertThat(backOff.repeatStep(5, busy)).isLessThan(Duration.ofMillis(8_100));
    assertThat(backOff.repeatStep(6, busy)).isNull();
  }

  @Test
  @DisplayName("R5 a short Retry-After of a failure is waited for, a long one is reported")
  void repeatsAsAsked() {
    assertThat(backOff.repeat(0, server(500, Duration.ofSeconds(30))))
        .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(32));
    assertThat(backOff.repeat(0, server(500, Duration.ofHours(1)))).isNull();
  }

  @Test
  @DisplayName(
      "T1 E5 what cannot pass is not repeated: untrusted, no way past a proxy, cancelled, limited, refused")
  void noRepeats() {
    for (AcmeNetworkException.Kind kind : AcmeNetworkException.Kind.values()) {
      AcmeException failure =
          new AcmeNetworkException(kind, false, "no", URL, new IOException("no"));
      boolean mayPass =
          kind != AcmeNetworkException.Kind.UNTRUSTED
              && kind != AcmeNetworkException.Kind.PROXY_REFUSED
              && kind != AcmeNetworkException.Kind.CANCELLED;
      assertThat(backOff.repeat(0, failure) != null).as(kind.name()).isEqualTo(mayPass);
    }
    assertThat(backOff.repeat(0, limited(429))).isNull();
    assertThat(backOff.repeat(0, limited(503))).isNotNull();
    assertThat(backOff.repeat(0, new AcmeUnsupportedException("no", URL))).isNull();
  }

  private static AcmeException server(int status, @Nullable Duration retryAfter) {
    return new AcmeServerException("busy", URL, status, null, retryAfter);
  }

  private static AcmeException limited(int status) {
    return new AcmeRateLimitedException("slow", URL, status, null, null, null, null);
  }
}

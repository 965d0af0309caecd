package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import okhttp3.Headers;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration MAX = Duration.ofDays(1);

  @ParameterizedTest
  @DisplayName("R1 R2 seconds and all three forms of dates, clamped")
  @CsvSource(
      delimiter = '|',
      value = {
        "120                              | 120",
        "0                                | 1",
        "-1                               | 1",
        "1                                | 1",
        "86401                            | 86400",
        "99999999999                      | 86400",
        "99999999999999999999999999999999 | 86400",
        "Tue, 24 Nov 2026 12:05:00 GMT    | 300",
        "Tuesday, 24-Nov-26 12:05:00 GMT  | 300",
        "Tue Nov 24 12:05:00 2026         | 300",
        "Sun Nov  1 12:05:00 2026         | 1",
        "Thu, 01 Jan 1970 00:18:15 GMT    | 1",
        "Fri, 31 Dec 9999 23:59:59 GMT    | 86400",
        "10, 20                           | 20",
      })
  void readsAndClamps(String header, long seconds) {
    assertThat(RetryAfter.parse(List.of(header), NOW, MAX)).hasSeconds(seconds);
  }

  @ParameterizedTest
  @DisplayName("R2 garbage is as good as nothing")
  @ValueSource(
      strings = {
        "",
        " ",
        "soon",
        "1.5",
        "0x10",
        "١٢",
        "12s",
        "--1",
        "Tue, 31 Feb 2026 12:00:00 GMT",
        "Mon, 24 Nov 2026 12:05:00 GMT",
        "2026-11-24T12:05:00Z"
      })
  void ignoresGarbage(String header) {
    assertThat(RetryAfter.parse(List.of(header), NOW, MAX)).isNull();
  }

  @Test
  @DisplayName("R2 of two headers the longer counts")
  void longerOfTwo() {
    assertThat(RetryAfter.parse(List.of("5", "junk", "60"), NOW, MAX)).hasSeconds(60);
    assertThat(RetryAfter.parse(List.of(), NOW, MAX)).isNull();
  }

  @Test
  @DisplayName("R3 dates are counted from the server's own Date, not from the local clock")
  @Tag("PD40")
  void countsFromTheServersDate() {
    Headers headers =
        Headers.of(
            "date", "Tue, 24 Nov 2026 12:00:00 GMT",
            "retry-after", "Tue, 24 Nov 2026 12:05:00 GMT");
    Instant wrongClock = NOW.minus(Duration.ofDays(400));
    Reply reply =
        new Reply("POST", URI.create("https://ca.test/"), 200, headers, new byte[0], wrongClock);

    assertThat(reply.retryAfter(MAX)).hasMinutes(5);
  }
}

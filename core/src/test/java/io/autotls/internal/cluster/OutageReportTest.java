package io.autotls.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.internal.cluster.Outage.End;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the entry of an outage looks like, and what is made of one that is damaged. */
class OutageReportTest {
  private static final Instant NOW = Instant.parse("2026-11-24T21:40:00Z");
  private static final OutageReport REPORT =
      new OutageReport(
          "ca", "5f0c", new Outage(NOW, Duration.ofHours(2), End.NAMED_BY_CA, "busy\ntoday"));

  private static String text() {
    return new String(REPORT.encode(), StandardCharsets.UTF_8);
  }

  private static Optional<OutageReport> decode(String text) {
    return OutageReport.decode(text.getBytes(StandardCharsets.UTF_8), "ca");
  }

  @Test
  void aPersonCanReadIt() {
    assertThat(text())
        .isEqualTo(
            """
            AutoTls issuer outage
            Format: 1.0
            Issuer: ca
            Node: 5f0c
            Found: 2026-11-24T21:40:00Z
            Until: 2026-11-24T23:40:00Z
            End: NAMED_BY_CA
            Problem: busy today

            End of AutoTls issuer outage
            """);
  }

  @Test
  void whatWasWrittenIsRead() {
    OutageReport read = decode(text()).orElseThrow();

    assertThat(read.node()).isEqualTo("5f0c");
    assertThat(read.outage())
        .isEqualTo(new Outage(NOW, Duration.ofHours(2), End.NAMED_BY_CA, "busy today"));
  }

  @Test
  void anyTornReportIsNone() {
    byte[] whole = REPORT.encode();
    for (int length = 0; length < whole.length - 1; length++) {
      assertThat(OutageReport.decode(Arrays.copyOf(whole, length), "ca")).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Issuer: ca, Issuer: other",
    "AutoTls issuer outage, AutoTls account",
    "Until: 2026-11-24T23:40:00Z, Until: 2026-11-24T21:40:00Z",
    "Until: 2026-11-24T23:40:00Z, Until: tomorrow",
    "Found: 2026-11-24T21:40:00Z, Found: ",
    "NAMED_BY_CA, NAMED_BY_NOBODY",
    "Node: 5f0c, Knot: 5f0c"
  })
  void whatMakesNoSenseIsNone(String part, String instead) {
    assertThat(decode(text().replace(part, instead))).isEmpty();
  }

  @Test
  void whatIsTooLongIsNoneAndAbsurdTimesAreCutShort() {
    assertThat(decode(text().replace("busy", "b".repeat(5_000)))).isEmpty();
    Outage outage =
        decode(text().replace("2026-11-24T23", "+999999999-11-24T23")).orElseThrow().outage();
    assertThat(outage.pause()).isEqualTo(Duration.ofDays(7));
    assertThat(new Outage(NOW, Duration.ofHours(1), End.NAMED_BY_CA, "b".repeat(400)).what())
        .hasSize(301);
  }

  @Test
  void theFutureIsNoLongerThanItsPause() {
    Outage outage =
        decode(
                text()
                    .replace("2026-11-24T21", "+999999999-11-24T21")
                    .replace("2026-11-24T23", "+999999999-11-24T23"))
            .orElseThrow()
            .outage();

    assertThat(outage.left(NOW)).isEqualTo(Duration.ofHours(2));
  }
}

package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.spi.Version;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ManagedTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  private final Managed managed =
      new Managed(CertificateSpec.of("example.com"), Managed.Standing.WANTED, 0, null);

  private CertificateRecord seen(String version) {
    managed.saw(CertificateRecord.first(NOW), new Version(version), NOW, 0);
    return managed.record().orElseThrow();
  }

  @Test
  void whoPlansForARecordThatIsNotTheLastOneAnyMoreChangesNothing() {
    CertificateRecord before = seen("1");
    CertificateRecord last = seen("2");
    Appointment planned = Appointment.of(NOW.plusSeconds(5), Lane.FIRST);
    managed.plan(last, planned);

    managed.plan(before, Appointment.of(Appointment.NEVER, Lane.FIRST));

    assertThat(managed.appointment()).isEqualTo(planned);
  }

  @Test
  void whatIsPlannedBeforeTheClockWasSetDoesNotCountAfterIt() {
    CertificateRecord before = seen("1");
    Instant now = NOW.minus(Duration.ofDays(10));
    managed.clockWasSet(now);
    Appointment planned = Appointment.of(now, Lane.FIRST);
    managed.plan(managed.record().orElseThrow(), planned);

    managed.plan(before, Appointment.of(NOW, Lane.FIRST));

    assertThat(managed.appointment()).isEqualTo(planned);
  }
}

package io.autotls.internal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.time.Due;
import io.autotls.spi.Version;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ManagedCertificateTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  private final ManagedCertificate managed =
      new ManagedCertificate(
          CertificateSpec.of("example.com"), ManagedCertificate.Standing.WANTED, 0);

  private CertificateRecord seen(String version) {
    managed.saw(CertificateRecord.first(NOW), new Version(version), NOW, 0);
    return managed.record().orElseThrow();
  }

  @Test
  void whoPlansForARecordThatIsNotTheLastOneAnyMoreChangesNothing() {
    CertificateRecord before = seen("1");
    CertificateRecord last = seen("2");
    Schedule planned = Schedule.of(NOW.plusSeconds(5), Priority.FIRST);
    managed.plan(last, planned);

    managed.plan(before, Schedule.of(Due.BY_A_PERSON, Priority.FIRST));

    assertThat(managed.schedule()).isEqualTo(planned);
  }

  @Test
  void whatIsPlannedBeforeTheClockWasSetDoesNotCountAfterIt() {
    CertificateRecord before = seen("1");
    Instant now = NOW.minus(Duration.ofDays(10));
    managed.clockWasSet(now);
    Schedule planned = Schedule.of(now, Priority.FIRST);
    managed.plan(managed.record().orElseThrow(), planned);

    managed.plan(before, Schedule.of(NOW, Priority.FIRST));

    assertThat(managed.schedule()).isEqualTo(planned);
  }
}

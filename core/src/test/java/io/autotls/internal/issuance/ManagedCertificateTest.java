package io.autotls.internal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.PendingKey;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.internal.text.Keys;
import io.autotls.internal.time.Due;
import io.autotls.spi.Issuer;
import io.autotls.spi.Version;
import io.autotls.tls.Credential;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
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

  private final Credential credential =
      Credential.selfSigned(List.of("example.com"), InstantSource.fixed(NOW), new SecureRandom());

  private CertificateRecord issued() {
    Generation current = new Generation(credential, "ca", Issuer.Trust.PUBLIC, NOW, null);
    RenewalPlan plan = RenewalPolicy.first(current, NOW, 0);
    return CertificateRecord.first(NOW).renewed(current, plan, null);
  }

  /** What another node has stored since: its attempt waits for the CA. */
  private static CertificateRecord replacedBy(CertificateRecord record) {
    PendingKey key = new PendingKey.Present(Keys.generate(KeyType.EC_P256, new SecureRandom()));
    return record.with(record.job().begin("ca", key, NOW));
  }

  @Test
  void aReplacementForARevocationIsLeftToTheNodeThatHasBegunIt() {
    CertificateRecord before = issued();
    managed.saw(before, new Version("1"), NOW, 0);
    managed.requestReplacementOf(credential.leaf().getPublicKey(), NOW);

    managed.saw(replacedBy(before), new Version("2"), NOW, 0);

    assertThat(managed.isStepRequested(NOW)).isFalse();
  }

  @Test
  void whatAPersonAsksForIsNot() {
    CertificateRecord before = issued();
    managed.saw(before, new Version("1"), NOW, 0);
    managed.requestRenewal(NOW);

    managed.saw(replacedBy(before), new Version("2"), NOW, 0);

    assertThat(managed.isStepRequested(NOW)).isTrue();
  }
}

package io.autotls.internal.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.Problem;
import io.autotls.internal.text.Keys;
import io.autotls.internal.time.Due;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.Issuer;
import io.autotls.tls.Credential;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Certificates here begin a day before {@link #NOW} and last for a year from then on. */
class StoredTimesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");
  private static final Instant WRONG = Instant.parse("2036-11-24T00:00:00Z");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final CertificateSpec SPEC = CertificateSpec.of("example.com");

  private final Credential credential =
      Credential.selfSigned(SPEC.names(), InstantSource.fixed(NOW), RANDOM);

  private CertificateRecord obtained(Instant at) {
    Generation current = new Generation(credential, "ca", Issuer.Trust.PUBLIC, at, null);
    RenewalPlan plan = RenewalPolicy.first(current, at, 0);
    return new CertificateRecord(current, null, Job.first(at).done(current, plan.at()), plan);
  }

  private static Job failed(Instant at, Duration wait) {
    Problem problem = new Problem(at, "It failed.", "Waits.", at.plus(wait), "Nothing.");
    return Job.first(at)
        .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), at)
        .held(new IssuerHold(1, Due.at(at.plus(wait)), "It failed.", IssuerHold.By.US))
        .failedWith(problem);
  }

  @Test
  void whatMayBeTrueIsLeftAsItIs() {
    CertificateRecord record = obtained(NOW).with(failed(NOW, Duration.ofDays(8)));

    assertThat(StoredTimes.believed(record, NOW)).isSameAs(record);
    assertThat(StoredTimes.believed(record, NOW.plus(Duration.ofDays(30)))).isSameAs(record);
    assertThat(StoredTimes.believed(record, NOW.minusSeconds(240))).isSameAs(record);
  }

  @Test
  void aRenewalIsPlannedAsIfTheClockHadBeenRight() {
    CertificateRecord record = StoredTimes.believed(obtained(WRONG), NOW);

    assertThat(record.current().obtainedAt()).isEqualTo(credential.notBefore());
    assertThat(record.renewal().at())
        .isBetween(NOW.plus(Duration.ofDays(230)), NOW.plus(Duration.ofDays(245)));
    assertThat(record.job().due()).isEqualTo(Due.at(record.renewal().at()));
    assertThat(record.renewal().askAt()).isBefore(NOW.plus(Duration.ofHours(2)));
  }

  @Test
  void aWaitThatBeganInTheFutureCountsFromNow() {
    Job job =
        StoredTimes.believed(obtained(NOW).with(failed(WRONG, Duration.ofMinutes(10))), NOW).job();

    assertThat(job.due()).isEqualTo(Due.at(NOW.plus(Duration.ofMinutes(10))));
    assertThat(job.hold("ca").until()).isEqualTo(Due.at(NOW.plus(Duration.ofMinutes(10))));
    assertThat(job.lastProblem().at()).isEqualTo(NOW);
    assertThat(job.lastProblem().nextAttempt()).isEqualTo(NOW.plus(Duration.ofMinutes(10)));
    assertThat(job.lastProblem().next()).contains("2026-11-24T00:10:00Z").doesNotContain("2036");
  }

  @Test
  void aClockThatIsBehindTheOneOfTheCertificateKeepsItsOwnWaits() {
    CertificateRecord elsewhere = obtained(NOW.plus(Duration.ofDays(1)));
    Job failed = failed(NOW, Duration.ofHours(7));
    Job polls =
        Job.first(NOW)
            .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW)
            .advanced(Map.of("order", "1"), IssuanceStage.WAITING, NOW.plusSeconds(3));

    assertThat(StoredTimes.believed(elsewhere.with(failed), NOW).job()).isEqualTo(failed);
    assertThat(StoredTimes.believed(elsewhere.with(polls), NOW).job()).isEqualTo(polls);
  }

  @Test
  void nobodyKnowsHowMuchOfALongOneHasPassed() {
    Job job =
        StoredTimes.believed(obtained(NOW).with(failed(WRONG, Duration.ofDays(7))), NOW).job();

    assertThat(job.due()).isEqualTo(Due.at(NOW.plus(StoredTimes.DOUBTFUL)));
    assertThat(job.hold("ca").until()).isEqualTo(Due.at(NOW.plus(StoredTimes.DOUBTFUL)));
  }

  @Test
  void aWaitThatNoRuleKnowsIsNotBelieved() {
    Job job = StoredTimes.believed(obtained(NOW).with(failed(NOW, Duration.ofDays(10))), NOW).job();

    assertThat(job.due()).isEqualTo(Due.at(NOW.plus(StoredTimes.DOUBTFUL)));
    assertThat(job.hold("ca").until()).isEqualTo(Due.at(NOW.plus(StoredTimes.DOUBTFUL)));
  }

  @Test
  void whatOnlyAPersonCanEndHasNoEnd() {
    Instant never = Due.BY_A_PERSON.toPublic();
    Job job =
        failed(NOW, Duration.ofDays(1)).toBuilder()
            .holds(Map.of("ca", IssuerHold.untilSomebodyActs(1, "It is paused.")))
            .failedWith(new Problem(NOW, "It is paused.", "Waits.", never, "Go there."))
            .build();

    assertThat(StoredTimes.believed(obtained(NOW).with(job), NOW).job()).isEqualTo(job);
  }

  @Test
  void aStepOfAnOrderIsNotDueInDays() {
    Job job =
        Job.first(NOW)
            .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW)
            .advanced(Map.of("order", "1"), IssuanceStage.WAITING, NOW.plus(Duration.ofDays(5)));

    assertThat(StoredTimes.believed(CertificateRecord.first(NOW).with(job), NOW).job().due())
        .isEqualTo(Due.at(NOW.plus(StoredTimes.DOUBTFUL)));
  }

  @Test
  void aWindowThatHadPassedForAWrongClockIsStillToCome() {
    CertificateRecord record = obtained(NOW);
    Instant start = NOW.plus(Duration.ofDays(200));
    RenewalPlan.Window window = new RenewalPlan.Window(start, start.plus(Duration.ofDays(2)), null);
    RenewalPlan wrong =
        RenewalPolicy.suggested(record.renewal(), record.current(), window, WRONG, WRONG);

    RenewalPlan believed = StoredTimes.believed(record.with(wrong), NOW).renewal();

    assertThat(wrong.because()).isEqualTo(RenewalPlan.Because.LAST_RESORT);
    assertThat(believed.at()).isBetween(start, window.end());
    assertThat(believed.because()).isEqualTo(RenewalPlan.Because.SUGGESTED);
  }

  @Test
  void aShortWaitIsKeptAlthoughTheRecordShowsThatSomeClockWasAhead() {
    Job job =
        Job.first(NOW)
            .begin("ca", new PendingKey.Present(Keys.generate(KeyType.EC_P256, RANDOM)), NOW)
            .advanced(Map.of("step", "poll"), IssuanceStage.SIGNING, NOW.plusSeconds(5));

    Job believed = StoredTimes.believed(obtained(WRONG).with(job), NOW).job();

    assertThat(believed.due()).isEqualTo(Due.at(NOW.plusSeconds(5)));
  }
}

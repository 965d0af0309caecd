package io.autotls.internal.maintenance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.internal.cluster.ChallengeStore;
import io.autotls.internal.cluster.OngoingWork;
import io.autotls.internal.cluster.SharedTime;
import io.autotls.internal.cluster.StoredJournal;
import io.autotls.internal.issuance.ChallengeResponder;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.PendingKey;
import io.autotls.internal.record.RecordCodec;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.text.Keys;
import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.CleanUpJournal;
import io.autotls.spi.Key;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.StoredNames;
import io.autotls.spi.Version;
import io.autotls.spi.Visibility;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a crash left behind of challenges, and the node that takes it away. */
class ChallengeCleanupTest {
  private static final CertificateSpec SPEC = CertificateSpec.of("example.com");

  private final SharedTime shared = new SharedTime();
  private final SharedTime.Node time = shared.node();
  private final MemoryStorage storage = MemoryStorage.create();
  private final Set<String> zone = new TreeSet<>();
  private final Provider provider = new Provider();
  private final RecordStore records = new RecordStore(storage);
  private final OngoingWork work = new OngoingWork(records, time);
  private final ChallengeStore challenges = new ChallengeStore(storage, work, time, time);
  private final ChallengeResponder responder =
      new ChallengeResponder(challenges, List.of(provider));
  private final ChallengeCleanup cleanup =
      new ChallengeCleanup(
          List.of(StoredJournal.entries(storage), challenges.entries()), responder, work, time);

  private static Challenge challenge(String token) {
    return Challenge.builder("dns-01", "example.com").token(token, token + ".x").build();
  }

  private void store(Job job) throws IOException {
    Version version =
        storage.read(RecordStore.key(SPEC)).map(e -> e.version()).orElse(Version.NONE);
    CertificateRecord record = new CertificateRecord(null, null, job, null);
    storage.write(RecordStore.key(SPEC), RecordCodec.encode(SPEC, record), version);
  }

  private Job underWay() {
    return Job.first(time.instant())
        .begin(
            "ca",
            new PendingKey.Present(Keys.generate(KeyType.EC_P256, new SecureRandom())),
            time.instant());
  }

  private void runForHours(int hours) {
    for (int i = 0; i < hours; i++) {
      cleanup.run();
      shared.advance(Duration.ofHours(1));
    }
  }

  private List<String> keys() throws IOException {
    return StoredNames.of(storage, "").stream()
        .filter(key -> !key.startsWith("certificates/"))
        .sorted()
        .toList();
  }

  @Test
  void whatIsPublishedIsInTheJournalBeforeAndNotAfterwards() throws IOException {
    responder.present(SPEC.id(), List.of(challenge("token")), () -> {});
    assertThat(keys()).containsExactly("challenges/dns-01/token", "cleanup/dns-01/token");
    assertThat(provider.journalled).containsExactly("zone=example.com");

    responder.cleanUp(SPEC.id(), List.of(challenge("token")));

    assertThat(zone).isEmpty();
    assertThat(keys()).isEmpty();
  }

  @Test
  @DisplayName("what a crash left behind is taken away within a day after the work ended")
  void leftBehind() throws IOException {
    store(underWay());
    responder.present(SPEC.id(), List.of(challenge("token")), () -> {});
    runForHours(3);
    assertThat(zone).hasSize(1); // an attempt goes on that needs it

    store(Job.first(time.instant()));
    runForHours(2);

    assertThat(zone).isEmpty();
    assertThat(keys()).isEmpty();
  }

  @Test
  void whatANodeLeftThatIsGoneForEverIsTakenAwayWithinADay() throws IOException {
    store(underWay());
    responder.present(SPEC.id(), List.of(challenge("token")), () -> {});

    runForHours(24);

    assertThat(zone).isEmpty();
    assertThat(keys()).isEmpty();
  }

  @Test
  void aClockThatIsYearsAheadTakesNothingAwayThatIsInUse() throws IOException {
    store(underWay());
    responder.present(SPEC.id(), List.of(challenge("token")), () -> {});
    time.jump(Duration.ofDays(3_650));

    runForHours(12);

    assertThat(zone).hasSize(1);
  }

  @Test
  void whatCannotBeTakenAwayIsTriedAgain() throws IOException {
    responder.present(SPEC.id(), List.of(challenge("token"), challenge("other")), () -> {});
    provider.broken = true;
    runForHours(3);
    assertThat(provider.cleanUps).isEqualTo(2); // once an hour, not once for each value
    assertThat(keys()).hasSize(4);

    provider.broken = false;
    runForHours(2);

    assertThat(zone).isEmpty();
    assertThat(keys()).isEmpty();
  }

  @Test
  @DisplayName("PD15: an entry that cannot be read does not keep the others")
  void oddEntries() throws IOException {
    storage.write(
        Key.of("challenges/http-01/a-foreign-one"), "dear diary".getBytes(UTF_8), Version.NONE);
    storage.write(Key.of("cleanup/dns-01/an-empty-one"), new byte[0], Version.NONE);
    responder.present(SPEC.id(), List.of(challenge("token")), () -> {});

    runForHours(3);

    assertThat(keys())
        .containsExactly("challenges/http-01/a-foreign-one", "cleanup/dns-01/an-empty-one");
  }

  @Test
  void whatNobodyHereCanTakeAwayIsLeftToOthersForDays() throws IOException {
    Challenge foreign = Challenge.builder("http-01", "example.com").token("t", "t.x").build();
    challenges.publish(foreign, null, () -> {});
    runForHours(24 * 7);
    assertThat(keys()).containsExactly("challenges/http-01/t");

    runForHours(48);

    assertThat(keys()).isEmpty();
  }

  /** Has a zone that outlives every process, and keeps a journal. */
  private final class Provider implements ChallengeSolver {
    private final CleanUpJournal journal = new StoredJournal(storage, time, "dns-01");
    private final List<String> journalled = new ArrayList<>();
    private boolean broken;
    private int cleanUps;

    @Override
    public String type() {
      return "dns-01";
    }

    @Override
    public boolean supports(String identifier, boolean wildcard) {
      return true;
    }

    @Override
    public void start(SolverContext context) {}

    @Override
    public Readiness readiness() {
      return Readiness.ready();
    }

    @Override
    public Visibility present(List<Challenge> all) throws IOException {
      for (Challenge challenge : all) {
        journal.write(challenge, Map.of("zone", "example.com"));
        journal
            .read(challenge)
            .orElseThrow()
            .forEach((key, value) -> journalled.add(key + "=" + value));
        zone.add(challenge.dnsValue());
      }
      return Visibility.visible();
    }

    @Override
    public void cleanUp(List<Challenge> all) throws IOException {
      cleanUps++;
      if (broken) {
        throw new IOException("the provider is down");
      }
      for (Challenge challenge : all) {
        zone.remove(challenge.dnsValue());
        journal.erase(challenge);
      }
    }

    @Override
    public void close() {}
  }
}

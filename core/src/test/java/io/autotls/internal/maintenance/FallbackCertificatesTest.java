package io.autotls.internal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.CertificateSpec;
import io.autotls.internal.cluster.SharedTime;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.ManagedCertificate.Standing;
import io.autotls.internal.issuance.NameIndex;
import io.autotls.internal.queue.Resource;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.logging.LoggedLines;
import io.autotls.spi.Cancellable;
import io.autotls.spi.Issuer;
import io.autotls.spi.Key;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import io.autotls.tls.Credential;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How much is looked at when something changes; {@code FallbackTest} shows what comes of it. */
class FallbackCertificatesTest {
  private static final int MANY = 10_000;
  private static final int EVENTS = 100;

  private final CountedTime time = new CountedTime();
  private final NameIndex names = new NameIndex();
  private final List<ManagedCertificate> served = new ArrayList<>();
  private final List<ManagedCertificate> letGo = new ArrayList<>();
  private final FallbackCertificates fallbacks =
      new FallbackCertificates(
          new RecordStore(MemoryStorage.create()),
          time,
          any -> SharedTime.START,
          new TaskQueue(time, task -> {}, 1, new OpenGate(), new NobodyFails(), () -> {}),
          names,
          new Keeping());
  private final Generation generation =
      new Generation(
          Credential.selfSigned(List.of("any.example"), time, new SecureRandom()),
          "ca",
          Issuer.Trust.PUBLIC,
          SharedTime.START,
          null);
  private int number;

  @Test
  void oneOfTenThousandThatChangesConcernsItsOwnNamesOnly() {
    List<ManagedCertificate> wanted = fallbacksFor(MANY);
    time.readings = 0;

    for (ManagedCertificate one : wanted.subList(0, EVENTS)) {
      fallbacks.changed(one);
      fallbacks.run();
    }

    // Each look at a certificate asks what time it is. All of them would be a million.
    assertThat(time.readings).isLessThan(EVENTS * 30);
    assertThat(letGo).isEmpty();
  }

  @Test
  void whatWaitsForASearchIsNotLookedAtBeforeItIsDue() {
    List<ManagedCertificate> waiting = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      waiting.add(managed(Standing.WANTED, lacking(), "n" + i + ".example"));
    }
    waiting.forEach(fallbacks::added);
    time.readings = 0;

    for (int i = 0; i < EVENTS; i++) {
      fallbacks.run();
    }

    assertThat(time.readings).isLessThan(EVENTS * 10);
  }

  @Test
  void theOneThatIsNotNeededAnyMoreIsLetGoAtOnce() {
    List<ManagedCertificate> wanted = fallbacksFor(3);

    see(wanted.get(1), new CertificateRecord(generation, null, Job.first(SharedTime.START), null));
    fallbacks.changed(wanted.get(1));
    fallbacks.run();

    assertThat(letGo).containsExactly(served.get(1));
  }

  @Test
  void whatEndedWithoutAnyEventIsFoundWithinAnHour() {
    List<ManagedCertificate> wanted = fallbacksFor(2);
    see(wanted.get(1), new CertificateRecord(generation, null, Job.first(SharedTime.START), null));

    time.now = time.now.plus(Duration.ofMinutes(59));
    fallbacks.run();
    assertThat(letGo).isEmpty();
    time.now = time.now.plus(Duration.ofMinutes(2));
    fallbacks.run();

    assertThat(letGo).containsExactly(served.get(1));
  }

  // Words

  /** So many certificates that are wanted and not there, with another one in place of each. */
  private List<ManagedCertificate> fallbacksFor(int count) {
    List<ManagedCertificate> wanted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = "n" + i + ".example";
      wanted.add(managed(Standing.WANTED, lacking(), name, "new." + name));
      ManagedCertificate before =
          managed(
              Standing.WANTED,
              new CertificateRecord(generation, null, Job.first(SharedTime.START), null),
              name);
      before.retire(SharedTime.START, SharedTime.START.plus(Duration.ofDays(7)));
      fallbacks.changed(before);
    }
    try (LoggedLines log = new LoggedLines()) {
      fallbacks.run();
      assertThat(log.with("served, and renewed")).hasSize(count);
    }
    assertThat(served).hasSize(count);
    served.sort((a, b) -> Long.compare(a.number(), b.number()));
    return wanted;
  }

  private static CertificateRecord lacking() {
    return CertificateRecord.first(SharedTime.START);
  }

  private ManagedCertificate managed(
      Standing standing, CertificateRecord record, String... covered) {
    ManagedCertificate one =
        new ManagedCertificate(CertificateSpec.of(covered), standing, number++);
    see(one, record);
    names.add(one);
    return one;
  }

  private void see(ManagedCertificate one, CertificateRecord record) {
    one.saw(record, new Version(String.valueOf(number++)), SharedTime.START, 0);
  }

  private final class Keeping implements FallbackCertificates.Keeping {
    @Override
    public boolean isManaged(Key key) {
      return true;
    }

    @Override
    public Optional<ManagedCertificate> keep(CertificateSpec spec, Set<String> also) {
      return Optional.empty();
    }

    @Override
    public void keep(ManagedCertificate retired) {
      retired.standIn();
      served.add(retired);
    }

    @Override
    public void letGo(ManagedCertificate fallback, Instant until) {
      letGo.add(fallback);
    }
  }

  /** Time that stands still, and counts who asks for it. */
  private static final class CountedTime implements TimeSource {
    private Instant now = SharedTime.START;
    private int readings;

    @Override
    public Instant instant() {
      readings++;
      return now;
    }

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
      return () -> {};
    }
  }

  private static final class OpenGate implements TaskQueue.Gate {
    @Override
    public int room(Resource resource, Instant now) {
      return 1;
    }

    @Override
    public Instant opensAt(Resource resource, Instant now) {
      return now;
    }
  }

  private static final class NobodyFails implements TaskQueue.Supervisor {
    @Override
    public void failed(Task task, Throwable e, Instant next) {
      throw new AssertionError(e);
    }

    @Override
    public void ended(Task task) {}
  }
}

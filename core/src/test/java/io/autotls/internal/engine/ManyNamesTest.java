package io.autotls.internal.engine;

import static io.autotls.internal.engine.Harness.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus;
import io.autotls.CertificateStatus.Serving;
import io.autotls.Problem;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.simulation.WithCheapKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many names in one process, and many who wait for one of them. */
@WithCheapKeys
class ManyNamesTest {
  private static final Duration READ = Duration.ofMillis(20);

  private final Harness h = new Harness();

  @Test
  @DisplayName("PD34: a slow storage holds up the start for its budget only, and the rest follows")
  void aStartDoesNotWaitForEveryRecord() {
    List<CertificateSpec> specs = Harness.specs("n", 300);
    AutoTls before = h.builder(h.issuer.node()).certificates(specs).enable();
    h.advance(Duration.ofMinutes(5));
    before.close();
    FaultyStorage slow = new FaultyStorage(h.store);
    slow.onRead(key -> h.advance(READ));
    long begin = h.time.instant().toEpochMilli();

    AutoTls after = h.builder(slow, h.issuer.node()).certificates(specs).enable();

    assertThat(h.time.instant().toEpochMilli() - begin).isBetween(500L, 1_000L);
    assertThat(served(after)).isBetween(20L, 100L);
    assertThat(after.ready()).isNotDone();
    h.advance(Duration.ofMinutes(1));
    assertThat(served(after)).isEqualTo(300);
    assertThat(after.ready()).isCompleted();
    assertThat(h.issuer.orders()).hasSize(300); // all of them before
  }

  private static long served(AutoTls tls) {
    return tls.statuses().stream().filter(s -> s.serving() == Serving.CERTIFICATE).count();
  }

  @Test
  @Timeout(180)
  @DisplayName("PD34: 8,000 names that wait for a CA that hangs take no thread each")
  void aStartTakesNoThreadForEachName() {
    CountDownLatch released = new CountDownLatch(1);
    ScriptedIssuer hanging = new ScriptedIssuer();
    hanging.beforeStep(step -> await(released));
    int before = Thread.activeCount();

    AutoTls tls =
        AutoTls.builder()
            .certificates(Harness.specs("n", 8_000))
            .storage(MemoryStorage.create())
            .issuer(hanging.node())
            .solver(new ReadySolver())
            .enable();

    assertThat(tls.statuses()).hasSize(8_000);
    // Ten workers of its own, four for what settles, eight for each of two issuers, each of them
    // with
    // a call to the storage perhaps; one for the log, and the timer.
    int workers = 10 + 4 + 8 * 2;
    assertThat(Thread.activeCount() - before).isLessThanOrEqualTo(2 * workers + 1 + 1);
    released.countDown();
    tls.close();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  @DisplayName("PD57: of many names that a CA turns away, none is forgotten or preferred")
  void nobodyStarves() {
    Map<String, Integer> attempts = new HashMap<>();
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT));
    h.issuer.beforeStep(step -> attempts.merge(step.names().get(0), 1, Integer::sum));
    AutoTls tls = h.builder(h.issuer.node()).certificates(Harness.specs("n", 1_000)).enable();

    h.advance(Duration.ofSeconds(1));
    assertThat(attempts).hasSize(1_000); // the last of the alphabet too
    assertThat(tls.statuses()).allMatch(this::hasATimeToCome);
    h.advance(Duration.ofMinutes(1));

    assertThat(attempts.values()).allMatch(count -> count >= 2 && count <= 6);
    assertThat(tls.statuses()).allMatch(this::hasATimeToCome);
  }

  private boolean hasATimeToCome(CertificateStatus status) {
    return !status.nextStep().isBefore(h.time.instant());
  }

  @Test
  @DisplayName("PD33: a thousand who wait for a renewal share one attempt, and its failure")
  void thoseWhoWaitShareOneAttempt() throws Exception {
    int[] reads = {0};
    FaultyStorage storage = new FaultyStorage(h.store).onRead(key -> reads[0]++);
    AutoTls tls = h.builder(storage, h.issuer.node()).certificate(Harness.SPEC).enable();
    h.advance(Duration.ofMinutes(1));
    h.issuer.failsAlways(failure(Reaction.RETRY_ATTEMPT, Duration.ofHours(1)));
    reads[0] = 0;

    inParallel(() -> tls.renewNow("example.com"));
    h.advance(Duration.ofMinutes(30));
    Set<Problem> seen = ConcurrentHashMap.newKeySet();
    inParallel(() -> seen.add(h.status(tls).lastProblem().orElseThrow()));

    assertThat(seen).hasSize(1);
    assertThat(h.issuer.refusals()).hasSize(1);
    assertThat(h.events(AutoTlsEvent.Failed.class)).hasSize(1);
    assertThat(reads[0]).isLessThan(20);
  }

  /** A thousand calls, from many threads. */
  private static void inParallel(Runnable call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(20);
    try {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        calls.add(threads.submit(call));
      }
      for (Future<?> each : calls) {
        each.get();
      }
    } finally {
      threads.shutdown();
    }
  }
}

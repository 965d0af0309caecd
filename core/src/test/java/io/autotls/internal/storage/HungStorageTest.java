package io.autotls.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.CertificateStatus;
import io.autotls.Role;
import io.autotls.internal.cluster.SharedTime;
import io.autotls.spi.Storage;
import io.autotls.storage.MemoryStorage;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A store whose calls never come back, such as a disk on a network that is gone. The only worker is
 * the thread of the test: one call that held it would end the test.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HungStorageTest {
  private static final Duration DEADLINE = Duration.ofMillis(100);

  private final SharedTime time = new SharedTime();
  private final SharedTime.Node clock = time.node();
  private final MemoryStorage memory = MemoryStorage.create();
  private final HangingStorage hanging = new HangingStorage(memory);
  private final Semaphore returned = new Semaphore(0);
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(0, 64, 1, TimeUnit.MINUTES, new SynchronousQueue<>()) {
        @Override
        protected void afterExecute(Runnable call, Throwable thrown) {
          returned.release();
        }
      };
  private final Storage storage = new DeadlineStorage(hanging, DEADLINE, threads);
  private final List<AutoTls> opened = new ArrayList<>();

  @AfterEach
  void letGo() {
    hanging.comesBack();
    opened.forEach(AutoTls::close);
    threads.shutdown();
  }

  private AutoTls start(Storage store, Role role) {
    AutoTls tls =
        AutoTls.builder()
            .domains("localhost")
            .storage(store)
            .role(role)
            .time(clock)
            .executor(clock)
            .enable();
    opened.add(tls);
    return tls;
  }

  private static CertificateStatus status(AutoTls tls) {
    return tls.status("localhost").orElseThrow();
  }

  private static Credential served(AutoTls tls) {
    return tls.keyring().find("localhost");
  }

  private void hangs() {
    returned.drainPermits();
    hanging.hangs();
  }

  private void comesBack() throws InterruptedException {
    int inThere = hanging.asked();
    hanging.comesBack();
    returned.acquire(inThere);
  }

  @Test
  void aStoreThatHangsHoldsNoWorkerAndWhatIsServedStays() throws Exception {
    AutoTls tls = start(storage, Role.AUTO);
    time.advance(Duration.ofMinutes(1));
    Credential before = served(tls);

    hangs();
    tls.renewNow("localhost");
    time.advance(Duration.ofHours(1));
    assertThat(served(tls)).isEqualTo(before);
    assertThat(status(tls).toString()).containsAnyOf("it did not ", "it was not asked to ");
    assertThat(hanging.asked()).isLessThan(16); // while so many hang, nothing more is asked

    comesBack();
    time.advance(Duration.ofHours(2));
    assertThat(served(tls)).isNotEqualTo(before);
  }

  @Test
  void anApplicationStartsWhileTheStoreHangsAndGoesOnWhenItIsBack() throws Exception {
    hangs();

    AutoTls tls = start(storage, Role.AUTO);
    time.advance(Duration.ofMinutes(10));
    assertThat(status(tls).serving()).isEqualTo(CertificateStatus.Serving.PLACEHOLDER);

    comesBack();
    time.advance(Duration.ofHours(2));
    assertThat(status(tls).serving()).isEqualTo(CertificateStatus.Serving.CERTIFICATE);
  }

  @Test
  void aFollowerSeesWhatOthersWroteWhenTheStoreIsBack() throws Exception {
    AutoTls follower = start(storage, Role.FOLLOWER);
    hangs();
    AutoTls issuer = start(memory, Role.AUTO);
    time.advance(Duration.ofMinutes(10));
    assertThat(status(follower).serving()).isEqualTo(CertificateStatus.Serving.PLACEHOLDER);

    comesBack();
    time.advance(Duration.ofMinutes(10));

    assertThat(served(follower)).isEqualTo(served(issuer));
  }
}

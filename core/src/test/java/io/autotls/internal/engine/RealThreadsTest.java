package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.CertificateSpec;
import io.autotls.spi.Issuer;
import io.autotls.spi.RenewalWindow;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.simulation.WithCheapKeys;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What hangs, on the threads and in the time of the machine. */
@Timeout(180)
@WithCheapKeys
class RealThreadsTest {
  private final CountDownLatch released = new CountDownLatch(1);
  private final ScriptedIssuer issuer = new ScriptedIssuer().waits(Duration.ofMillis(10));

  @AfterEach
  void release() {
    released.countDown();
  }

  private void hang() {
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private AutoTls.Builder builder(Issuer... issuers) {
    AutoTls.Builder builder =
        AutoTls.builder().storage(MemoryStorage.create()).solver(new ReadySolver());
    for (Issuer one : issuers) {
      builder.issuer(one);
    }
    return builder;
  }

  @Test
  void aListenerThatBlocksHoldsUpNobody() throws Exception {
    AutoTls tls =
        builder(issuer.node())
            .certificates(Harness.specs("n", 40))
            .listener(event -> hang())
            .enable();

    tls.ready().get(150, TimeUnit.SECONDS);

    released.countDown();
    tls.close();
  }

  @Test
  @DisplayName("PD4: inquiries that hang hold up no issuance")
  void inquiriesThatHangHoldUpNobody() throws Exception {
    CountDownLatch hanging = new CountDownLatch(2);
    issuer.lifetime(Duration.ofSeconds(60));
    issuer.suggests(
        certificate -> {
          hanging.countDown();
          hang();
          return Optional.<RenewalWindow>empty();
        });
    AutoTls tls = builder(issuer.node()).certificates(Harness.specs("n", 10)).enable();
    tls.ready().get(150, TimeUnit.SECONDS);
    assertThat(hanging.await(150, TimeUnit.SECONDS)).isTrue();

    for (CertificateSpec spec : Harness.specs("later", 20)) {
      tls.add(spec);
    }
    while (!tls.statuses().stream().allMatch(status -> status.issuer().isPresent())) {
      LockSupport.parkNanos(10_000_000);
      assertThat(Thread.interrupted()).as("out of time").isFalse();
    }

    released.countDown();
    tls.close();
  }

  @Test
  @DisplayName("PD4: an instance whose CA hangs holds up no other, and still tells what it does")
  void aCaThatHangsHoldsUpNoOtherInstance() {
    ScriptedIssuer hanging = new ScriptedIssuer();
    hanging.beforeStep(step -> hang());
    AutoTls tls = builder(hanging.node("hangs")).certificates(Harness.specs("n", 30)).enable();
    AutoTls other = builder(issuer.node()).certificates(Harness.specs("n", 30)).enable();

    assertThat(other.ready()).succeedsWithin(Duration.ofSeconds(150));

    assertThat(hanging.orders()).isEmpty();
    assertThat(tls.explain("n0.example")).contains("Serves: a self-signed placeholder");
    released.countDown();
    other.close();
    tls.close();
  }
}

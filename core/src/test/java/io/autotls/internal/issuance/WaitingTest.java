package io.autotls.internal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AutoTls;
import io.autotls.PatientIssuer;
import io.autotls.internal.cluster.SharedTime;
import io.autotls.logging.LoggedLines;
import io.autotls.storage.MemoryStorage;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Whoever waits for a certificate hears why. */
class WaitingTest {
  private final SharedTime time = new SharedTime();
  private final SharedTime.Node clock = time.node();

  @Test
  void whoeverReadsTheLogHearsOfAWaitAfterHalfAMinuteAndThenMoreRarely() {
    try (LoggedLines log = new LoggedLines();
        AutoTls tls =
            AutoTls.builder()
                .domains("shop.example")
                .issuer(new PatientIssuer())
                .storage(MemoryStorage.create())
                .time(clock)
                .executor(clock)
                .enable()) {
      time.advance(Duration.ofSeconds(25));
      assertThat(log.with("still waits")).isEmpty();

      time.advance(Duration.ofMinutes(2));

      assertThat(log.with("still waits"))
          .containsExactly(
              "INFO shop.example: still waits for Vault, 30 s.",
              "INFO shop.example: still waits for Vault, 60 s.",
              "INFO shop.example: still waits for Vault, 2 min.");
      assertThat(tls.ready()).isNotDone();
    }
  }
}

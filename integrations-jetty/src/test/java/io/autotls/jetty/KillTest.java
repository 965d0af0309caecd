package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.FreePorts;
import io.autotls.testing.JavaProcess;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.OrderView;
import io.autotls.testing.ca.TestCa;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A process that is killed without warning, and started again. */
@Tag("pebble") // as slow as those; what it shows does not depend on the version of Jetty
@Execution(ExecutionMode.CONCURRENT)
@Order(2)
class KillTest {
  private static final int ROUNDS = 10;
  private static final int AT_ONCE = 5;
  private static final int LATEST_KILL_MILLIS = 3_000;

  @TempDir private Path folder;

  @Test
  @Tag("FT39")
  void killedAtAnyMomentOfAnIssuanceItEndsWithOneCertificateOfOneOrder() throws Exception {
    Random random = new Random(20261124);
    ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<?>> rounds = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        int round = i;
        int killAfter = random.nextInt(LATEST_KILL_MILLIS);
        rounds.add(
            executor.submit(
                () -> {
                  killAndRestart(round, killAfter);
                  return null;
                }));
      }
      for (Future<?> round : rounds) {
        round.get(3, TimeUnit.MINUTES);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private void killAndRestart(int round, int killAfterMillis) throws Exception {
    int port = FreePorts.next();
    try (TestCa ca = ca(round, port)) {
      ca.validationDelay(Duration.ofMillis(400));
      ca.issuanceDelay(Duration.ofMillis(400));
      // RFC 8555 §8.2: a CA may look again, and finds the application that was started again.
      ca.flow().validationRetries(200, Duration.ofMillis(300));

      try (JavaProcess first = application(ca, round, port)) {
        first.awaitLine("enabled");
        first.awaitEnd(Duration.ofMillis(killAfterMillis)); // it does not end by itself
        first.kill();
      }
      try (JavaProcess second = application(ca, round, port)) {
        second.awaitLine("ready");

        String moment = "round " + round + ", killed after " + killAfterMillis + " ms";
        assertThat(ca.orders()).as(moment).extracting(OrderView::status).containsExactly("valid");
        assertThat(ca.issued()).as(moment).hasSize(1);
        assertThat(ca.accounts()).as(moment).hasSize(1);
      }
    }
  }

  /** RFC 8555 §7.1.6: from "invalid" no way leads back, so there has to be another order. */
  @Test
  void onlyACaThatLooksOnceAndFindsNobodyGetsASecondOrder() throws Exception {
    int port = FreePorts.next();
    try (TestCa ca = ca(ROUNDS, port)) {
      ca.flow().holdValidation();
      try (JavaProcess first = application(ca, ROUNDS, port)) {
        first.awaitLine("enabled");
        awaitChallenge(ca, first);
        first.kill();
      }
      ca.flow().releaseValidation();

      try (JavaProcess second = application(ca, ROUNDS, port)) {
        second.awaitLine("ready");

        assertThat(ca.orders())
            .extracting(OrderView::status)
            .containsExactlyInAnyOrder("invalid", "valid");
        assertThat(ca.issued()).hasSize(1);
        assertThat(ca.accounts()).hasSize(1);
      }
    }
  }

  private static void awaitChallenge(TestCa ca, JavaProcess process) throws Exception {
    while (ca.requests(Endpoint.CHALLENGE).isEmpty()) {
      assertThat(process.awaitEnd(Duration.ofMillis(20))).as(process.output()).isFalse();
    }
  }

  private TestCa ca(int round, int port) throws IOException {
    TestCa ca = TestCa.builder().httpPort(port).start();
    ca.writeHttpsRoot(trust(round));
    return ca;
  }

  private Path trust(int round) {
    return folder.resolve("ca-" + round + ".pem");
  }

  private JavaProcess application(TestCa ca, int round, int port) {
    return JavaProcess.of(KilledApplication.class)
        .start(
            ca.directory().toString(),
            trust(round).toString(),
            folder.resolve("storage-" + round).toString(),
            Integer.toString(port),
            "round-" + round + ".example");
  }
}

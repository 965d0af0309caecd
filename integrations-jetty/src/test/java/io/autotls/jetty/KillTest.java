package io.autotls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.ca.TestCa;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed without warning, and started again. */
@Tag("pebble") // as slow as those; what it shows does not depend on the version of Jetty
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
    String name = "round-" + round + ".example";
    int port = freePort();
    Path trust = folder.resolve("ca-" + round + ".pem");
    try (TestCa ca = TestCa.builder().httpPort(port).start()) {
      ca.validationDelay(Duration.ofMillis(400));
      ca.issuanceDelay(Duration.ofMillis(400));
      ca.writeHttpsRoot(trust);

      Process first = application(ca, trust, round, port, name);
      awaitLine(first, "enabled");
      first.waitFor(killAfterMillis, TimeUnit.MILLISECONDS); // it does not end by itself
      first.destroyForcibly().waitFor();
      Process second = application(ca, trust, round, port, name);
      try {
        awaitLine(second, "ready");

        String moment = name + ", killed after " + killAfterMillis + " ms";
        // A CA that looks while nobody is there calls the order invalid; only then there is another
        // one.
        assertThat(ca.orders())
            .as(moment)
            .filteredOn(order -> !order.status().equals("invalid"))
            .hasSize(1);
        assertThat(ca.issued()).as(moment).hasSize(1);
        assertThat(ca.accounts()).as(moment).hasSize(1);
      } finally {
        second.destroyForcibly().waitFor();
      }
    }
  }

  private Process application(TestCa ca, Path trust, int round, int port, String name)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            KilledApplication.class.getName(),
            ca.directory().toString(),
            trust.toString(),
            folder.resolve("storage-" + round).toString(),
            Integer.toString(port),
            name)
        .redirectError(folder.resolve("log-" + round).toFile())
        .start();
  }

  private static void awaitLine(Process process, String expected) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(lines.readLine()).isEqualTo("enabled");
    if (!expected.equals("enabled")) {
      assertThat(lines.readLine()).isEqualTo(expected);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

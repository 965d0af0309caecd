package io.autotls.testing.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleOrder;
import io.autotls.testing.pebble.RequiresPebble;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One to three nodes are ended by SIGTERM or SIGKILL at a random moment of an issuance, and come
 * back with servers that listen 0 to 20 seconds after {@code enable()}.
 *
 * <p>{@code -Dchaos.restarts=100} for more runs than the few of every build, {@code
 * -Dchaos.seed=4711} to repeat some as far as wall clocks let us, {@code -Dchaos.parallel=8} for so
 * many side by side.
 */
@RequiresPebble
class RestartTest {
  private static final int RUNS = Integer.getInteger("chaos.restarts", 4);
  private static final int PARALLEL = Integer.getInteger("chaos.parallel", 4);
  private static final long SEED = Long.getLong("chaos.seed", new SecureRandom().nextInt(1 << 30));

  @TempDir private Path folder;

  @Test
  void whoeverEndsInAnIssuanceHasTheOneCertificateWithinAMinuteOfTheLastBoot() throws Exception {
    System.out.println("CHAOS: " + RUNS + " restarts, -Dchaos.seed=" + SEED);
    ExecutorService threads = Executors.newFixedThreadPool(PARALLEL);
    try (Pebble pebble =
        Pebble.builder()
            .profile("days", Duration.ofDays(90))
            .validationSleep(Duration.ofSeconds(3))
            .start()) {
      List<Future<RestartRun.Result>> runs = new ArrayList<>();
      Ports ports = new Ports();
      for (int i = 0; i < RUNS; i++) {
        Path place = folder.resolve("run-" + i);
        String address = "127.81." + i / 250 + "." + (i % 250 + 1);
        Site site = new Site(pebble, address, ports, place, place.resolve("storage"));
        RestartRun run = new RestartRun(site, "run-" + i + ".chaos.example", SEED + i);
        runs.add(threads.submit(run::run));
      }
      List<RestartRun.Result> results = new ArrayList<>();
      for (Future<RestartRun.Result> run : runs) {
        results.add(run.get());
      }

      System.out.println(summary(results) + "; " + summaryOfOrders(pebble.orders()));
      assertThat(results)
          .filteredOn(result -> !result.problems().isEmpty())
          .as("seed %d", SEED)
          .isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }

  /** An order stays open only if its answer was lost, because the process died just then. */
  private static String summaryOfOrders(List<PebbleOrder> orders) {
    Map<PebbleOrder.State, Long> states =
        orders.stream().collect(Collectors.groupingBy(PebbleOrder::state, Collectors.counting()));
    return orders.size() + " orders: " + new TreeMap<>(states);
  }

  private static String summary(List<RestartRun.Result> results) {
    List<Double> seconds =
        results.stream().map(result -> result.recovery().toMillis() / 1000.0).sorted().toList();
    return String.format(
        Locale.ROOT,
        "CHAOS: %d restarts, %d of them in the issuance, %d with problems; seconds from the last"
            + " boot to the certificate at every node: half within %.1f, nine in ten within %.1f,"
            + " all within %.1f",
        results.size(),
        results.stream().filter(RestartRun.Result::inIssuance).count(),
        results.stream().filter(result -> !result.problems().isEmpty()).count(),
        seconds.get(seconds.size() / 2),
        seconds.get(seconds.size() * 9 / 10),
        seconds.get(seconds.size() - 1));
  }
}

package io.autotls.testing.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.testing.Visitor;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleOrder;
import io.autotls.testing.pebble.RequiresPebble;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five nodes on one folder with certificates that live for a minute or so. They are killed,
 * stopped, suspended for longer than a lease lives, and started again with servers that listen up
 * to 20 seconds later; the folder becomes read-only and full. Somebody visits each of them all the
 * time.
 *
 * <p>{@code -Dchaos.seconds=300} makes it longer, {@code -Dchaos.seed=4711} repeats it as far as a
 * wall clock lets us.
 */
@RequiresPebble
class ChaosTest {
  private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("chaos.seconds", 45));
  private static final long SEED = Long.getLong("chaos.seed", new SecureRandom().nextInt(1 << 30));

  private static final List<ServerKind> KINDS =
      List.of(
          ServerKind.JETTY, ServerKind.TOMCAT, ServerKind.JETTY, ServerKind.TOMCAT, ServerKind.JDK);

  /** Different ones, so that renewals do not all come at once; half of each is room for trouble. */
  private static final List<Integer> LIVES = List.of(60, 67, 74, 81, 88, 95);

  private static final Duration REST = Duration.ofMillis(100);

  @TempDir private Path folder;

  private final Map<String, Duration> lives = new LinkedHashMap<>();
  private Pebble pebble;
  private StoredRecords records;
  private Visitors visitors;

  @Test
  void visitorsOfANodeThatLivesNoticeNothingAndNoCertificateIsOrderedTwice() throws Exception {
    System.out.println("CHAOS: " + TIME.toSeconds() + " s, -Dchaos.seed=" + SEED);
    LIVES.forEach(life -> lives.put("for-" + life + "s.chaos.example", Duration.ofSeconds(life)));
    Pebble.Builder builder = Pebble.builder();
    lives.forEach((name, life) -> builder.profile(profile(life), life));
    Random random = new Random(SEED);
    try (FaultyFolder disk = FaultyFolder.create(folder.resolve("disk"));
        Pebble started = builder.start();
        Cluster cluster = cluster(started, random)) {
      pebble = started;
      try (StoredRecords watched =
          StoredRecords.watch(folder.resolve("disk").resolve("storage"), Duration.ofMinutes(5))) {
        records = watched;
        run(cluster, new Troublemaker(cluster, disk, random));
      } catch (Throwable e) {
        throw new AssertionError(
            "seed " + SEED + ": " + e.getMessage() + "\n" + cluster.story(), e);
      }
    }
  }

  private static String profile(Duration life) {
    return "for-" + life.toSeconds() + "-seconds";
  }

  private Cluster cluster(Pebble pebble, Random random) throws Exception {
    List<String> certificates =
        lives.entrySet().stream().map(e -> e.getKey() + "=" + profile(e.getValue())).toList();
    Site site =
        new Site(
            pebble,
            "127.82.0.1",
            new Ports(),
            folder.resolve("chaos"),
            folder.resolve("disk").resolve("storage"));
    return new Cluster(site, certificates, KINDS, random);
  }

  private void run(Cluster cluster, Troublemaker troublemaker) throws Exception {
    for (Node node : cluster.nodes()) {
      cluster.start(node, Duration.ZERO);
    }
    Visitor customer = Visitor.trusting(pebble.roots());
    awaitFirstCertificates(cluster, customer);
    cluster.diary().note("every certificate is there");
    try (Visitors all =
        Visitors.start(
            customer, cluster.nodes(), List.copyOf(lives.keySet()), REST, cluster.diary())) {
      visitors = all;
      troublemaker.makeTrouble(TIME);
    }
    for (Node node : cluster.nodes()) {
      node.terminate();
    }
    check(cluster);
  }

  private void awaitFirstCertificates(Cluster cluster, Visitor customer) throws Exception {
    long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    for (Node node : cluster.nodes()) {
      for (String name : lives.keySet()) {
        while (!isWelcome(customer, node, name)) {
          assertThat(System.nanoTime())
              .as("%s has no certificate for %s", node, name)
              .isLessThan(deadline);
          TimeUnit.MILLISECONDS.sleep(REST.toMillis());
        }
      }
    }
  }

  private static boolean isWelcome(Visitor customer, Node node, String name) {
    try {
      customer.get(name, node.httpsPort());
      return true;
    } catch (Exception e) {
      return false;
    }
  }

  private void check(Cluster cluster) {
    List<PebbleOrder> orders = pebble.orders();
    System.out.printf(
        "CHAOS: %d visits, %d bad; %d orders, of which %d issued, %d invalid, %d open;"
            + " %d generations%n",
        visitors.visits(),
        visitors.failures().size(),
        orders.size(),
        in(PebbleOrder.State.ISSUED).size(),
        in(PebbleOrder.State.INVALID).size(),
        in(PebbleOrder.State.OPEN).size(),
        lives.keySet().stream().mapToInt(name -> records.generations(name).size()).sum());
    assertThat(visitors.failures()).isEmpty();
    assertThat(cluster.nodes())
        .as("whose logs tell of something unforeseen")
        .filteredOn(node -> node.log().contains("nobody foresaw"))
        .isEmpty();
    assertThat(records.verdicts()).isEmpty();
    assertEveryOrderIsAGeneration();
  }

  private List<PebbleOrder> in(PebbleOrder.State state) {
    return pebble.orders().stream().filter(order -> order.state() == state).toList();
  }

  /** Or it is under way at the end, and a record knows of it. */
  private void assertEveryOrderIsAGeneration() {
    String stored = String.join("\n", records.texts());
    List<PebbleOrder> finished =
        pebble.orders().stream().filter(order -> !stored.contains(order.id())).toList();
    assertThat(finished)
        .as("orders that no record knows")
        .noneMatch(order -> order.state() == PebbleOrder.State.OPEN);
    List<X509Certificate> issued =
        finished.stream()
            .filter(order -> order.state() == PebbleOrder.State.ISSUED)
            .map(pebble::issuedFor)
            .toList();
    lives.forEach(
        (name, life) -> {
          List<X509Certificate> mine =
              issued.stream().filter(certificate -> Names.of(certificate).contains(name)).toList();
          assertThat(mine)
              .as("what was issued for %s, and what was stored", name)
              .extracting(X509Certificate::getSerialNumber)
              .containsExactlyInAnyOrderElementsOf(records.generations(name));
          assertNoneWasRenewedTwice(name, life, mine);
        });
  }

  /**
   * Pebble suggests windows of two days even for certificates of a minute, so that nearly every
   * moment is right for a renewal; but two nodes that renew are two at the same moment.
   */
  private static void assertNoneWasRenewedTwice(
      String name, Duration life, List<X509Certificate> issued) {
    List<Instant> begins =
        issued.stream()
            .map(certificate -> certificate.getNotBefore().toInstant())
            .sorted()
            .toList();
    for (int i = 1; i < begins.size(); i++) {
      assertThat(Duration.between(begins.get(i - 1), begins.get(i)))
          .as("between two certificates for %s: %s", name, begins)
          .isGreaterThan(life.dividedBy(10));
    }
  }
}

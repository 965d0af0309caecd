package io.autotls.testing.chaos;

import io.autotls.testing.Visitor;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleOrder;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One cluster, one issuance, one blow. */
final class RestartRun {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LONGEST_BOOT = Duration.ofSeconds(20);

  /** No CA here asks for patience: what is put off for longer waits for a person. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

  /** From the first record to the certificate, roughly, with a CA that sleeps before it looks. */
  private static final Duration ISSUANCE = Duration.ofSeconds(5);

  private static final Duration A_MOMENT = Duration.ofMillis(250);

  private final Pebble pebble;
  private final String name;
  private final String address;
  private final long seed;
  private final Path folder;
  private final Random random;
  private final Visitor visitor;

  RestartRun(Pebble pebble, int number, long seed, Path folder) {
    this.pebble = pebble;
    this.name = "run-" + number + ".chaos.example";
    this.address = "127.81." + number / 250 + "." + (number % 250 + 1);
    this.seed = seed;
    this.folder = folder;
    this.random = new Random(seed);
    this.visitor = Visitor.trusting(pebble.roots());
  }

  /**
   * What came of it.
   *
   * @param inIssuance whether the blow came before the certificate
   * @param recovery from the last boot to the certificate at every node
   * @param problems empty if all is as it should be; else these, and the whole story
   */
  record Result(long seed, boolean inIssuance, Duration recovery, List<String> problems) {
    @Override
    public String toString() {
      return "seed " + seed + ":\n" + String.join("\n", problems);
    }
  }

  Result run() throws Exception {
    Files.createDirectories(folder);
    Path storage = folder.resolve("storage");
    try (Cluster cluster =
            new Cluster(
                pebble, address, folder, storage, List.of(name + "=days"), kinds(), random);
        StoredRecords records = StoredRecords.watch(storage, LONGEST_WAIT)) {
      for (Node node : cluster.nodes()) {
        cluster.start(node, boot());
      }
      List<String> problems = new ArrayList<>();
      if (!awaitWork(cluster, records)) {
        problems.add("nobody begins to work");
      }
      TimeUnit.MILLISECONDS.sleep(random.nextInt((int) ISSUANCE.toMillis()));
      boolean inIssuance = records.generations(name).isEmpty();
      strike(cluster);
      for (Node node : cluster.nodes()) {
        if (!node.awaitServing(LONGEST_BOOT.multipliedBy(6))) {
          problems.add("does not come up: " + node);
        }
      }
      long lastBoot = System.nanoTime();
      awaitCertificate(cluster);
      Duration recovery = Duration.ofNanos(System.nanoTime() - lastBoot);
      cluster.diary().note("certificate everywhere, or out of patience");
      check(cluster, records, problems);
      if (!problems.isEmpty()) {
        problems.add(cluster.story() + "\nRecords:\n" + withoutKeys(records.texts()));
      }
      return new Result(seed, inIssuance, recovery, problems);
    }
  }

  private List<ServerKind> kinds() {
    List<ServerKind> kinds = new ArrayList<>();
    for (int nodes = 1 + random.nextInt(3); kinds.size() < nodes; ) {
      kinds.add(ServerKind.values()[random.nextInt(ServerKind.values().length)]);
    }
    return kinds;
  }

  private Duration boot() {
    return Duration.ofMillis(random.nextInt((int) LONGEST_BOOT.toMillis()));
  }

  private static boolean awaitWork(Cluster cluster, StoredRecords records)
      throws InterruptedException {
    long deadline = System.nanoTime() + LONGEST_BOOT.plus(MINUTE).toNanos();
    while (!records.workHasBegun()) {
      TimeUnit.MILLISECONDS.sleep(50);
      if (cluster.in(Node.State.DOWN).size() == cluster.nodes().size()
          || System.nanoTime() > deadline) {
        return false;
      }
    }
    return true;
  }

  /** Some of them, or all, whatever they are doing. */
  private void strike(Cluster cluster) throws InterruptedException, IOException {
    List<Node> victims = new ArrayList<>(cluster.nodes());
    Collections.shuffle(victims, random);
    victims = victims.subList(0, 1 + random.nextInt(victims.size()));
    for (Node victim : victims) {
      if (random.nextBoolean()) {
        victim.kill();
      } else {
        victim.terminate();
      }
    }
    for (Node victim : victims) {
      cluster.start(victim, boot());
    }
  }

  private void awaitCertificate(Cluster cluster) throws InterruptedException {
    long deadline = System.nanoTime() + MINUTE.toNanos();
    List<Node> waiting = new ArrayList<>(cluster.nodes());
    while (!waiting.isEmpty() && System.nanoTime() < deadline) {
      waiting.removeIf(this::serves);
      TimeUnit.MILLISECONDS.sleep(A_MOMENT.toMillis());
    }
  }

  private boolean serves(Node node) {
    try {
      visitor.get(name, node.httpsPort());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void check(Cluster cluster, StoredRecords records, List<String> problems) {
    for (Node node : cluster.nodes()) {
      if (!serves(node)) {
        problems.add("serves no certificate a minute after the last boot: " + node);
      }
    }
    Set<BigInteger> stored = records.generations(name);
    List<BigInteger> issued = issued();
    if (stored.size() != 1 || !issued.equals(List.copyOf(stored))) {
      problems.add("not one certificate: stored " + stored + ", issued " + issued);
    }
    records.verdicts().forEach(verdict -> problems.add("put off: " + verdict));
  }

  private List<BigInteger> issued() {
    return pebble.orders().stream()
        .filter(order -> order.state() == PebbleOrder.State.ISSUED)
        .map(pebble::issuedFor)
        .filter(certificate -> Names.of(certificate).contains(name))
        .map(certificate -> certificate.getSerialNumber())
        .toList();
  }

  private static String withoutKeys(List<String> records) {
    return String.join("\n", records)
        .replaceAll("(?s)-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", "(PEM)");
  }
}

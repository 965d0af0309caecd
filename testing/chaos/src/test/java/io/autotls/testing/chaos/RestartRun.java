package io.autotls.testing.chaos;

import io.autotls.testing.Visitor;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleOrder;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
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

  private final Site site;
  private final String name;
  private final long seed;
  private final Random random;
  private final Visitor visitor;

  RestartRun(Site site, String name, long seed) {
    this.site = site;
    this.name = name;
    this.seed = seed;
    this.random = new Random(seed);
    this.visitor = Visitor.trusting(site.pebble().roots());
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
    Files.createDirectories(site.folder());
    try (Cluster cluster = new Cluster(site, List.of(name + "=days"), kinds(), random);
        StoredRecords records = StoredRecords.watch(site.storage(), LONGEST_WAIT)) {
      List<String> problems = new ArrayList<>();
      boolean inIssuance = false;
      Duration recovery = MINUTE;
      try {
        inIssuance = strikeInAnIssuance(cluster, records);
        recovery = recover(cluster);
        check(cluster, records, problems);
      } catch (AssertionError e) {
        problems.add(e.getMessage());
      }
      if (!problems.isEmpty()) {
        problems.add(cluster.story() + "\nRecords:\n" + withoutKeys(records.texts()));
      }
      return new Result(seed, inIssuance, recovery, problems);
    }
  }

  /** Returns whether the blow came before the certificate was stored. */
  private boolean strikeInAnIssuance(Cluster cluster, StoredRecords records)
      throws IOException, InterruptedException {
    for (Node node : cluster.nodes()) {
      cluster.start(node, boot());
    }
    awaitWork(cluster, records);
    TimeUnit.MILLISECONDS.sleep(random.nextInt((int) ISSUANCE.toMillis()));
    boolean inIssuance = records.generations(name).isEmpty();
    strike(cluster);
    return inIssuance;
  }

  /** Returns how long it took from the last boot until every node had the certificate. */
  private Duration recover(Cluster cluster) throws InterruptedException {
    for (Node node : cluster.nodes()) {
      if (!node.awaitServing(LONGEST_BOOT.multipliedBy(6))) {
        throw new AssertionError(node + " does not come up");
      }
    }
    long lastBoot = System.nanoTime();
    awaitCertificate(cluster);
    cluster.diary().note("certificate everywhere, or out of patience");
    return Duration.ofNanos(System.nanoTime() - lastBoot);
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

  private static void awaitWork(Cluster cluster, StoredRecords records)
      throws InterruptedException {
    long deadline = System.nanoTime() + MINUTE.multipliedBy(4).toNanos();
    while (!records.workHasBegun()) {
      TimeUnit.MILLISECONDS.sleep(50);
      if (cluster.in(Node.State.DOWN).size() == cluster.nodes().size()
          || System.nanoTime() > deadline) {
        throw new AssertionError("nobody begins to work");
      }
    }
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
    Pebble pebble = site.pebble();
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

package io.autotls.benchmarks;

import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.KeyType;
import io.autotls.spi.Entry;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.Version;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.simulation.Campaign;
import io.autotls.testing.simulation.CheapKeys;
import io.autotls.testing.simulation.SimulatedCluster;
import io.autotls.testing.simulation.SimulatedYear;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** What the engine costs, alone and in simulated clusters: no network, and a storage in memory. */
final class EngineBenchmark implements Benchmarks.Benchmark {
  private static final int MANY = 100_000;
  private static final int FAILING = 1_000;
  private static final int TICKS = 2_000;
  private static final int YEAR_CERTIFICATES = 1_000;
  private static final long SCHEDULES = 10_000;
  private static final Instant START = Instant.parse("2026-11-24T00:00:00Z");

  private final PrintStream out;

  EngineBenchmark(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() throws Exception {
    CheapKeys keys = CheapKeys.open();
    try {
      idle();
      caDown();
      goodName();
      cluster();
      year();
      schedules();
    } finally {
      keys.close();
    }
  }

  private void print(String key, Object value) {
    out.println(key + " = " + value);
  }

  private static CertificateSpec spec(int number) {
    return CertificateSpec.builder()
        .names("site" + number + ".example")
        .keyType(KeyType.RSA_2048)
        .build();
  }

  private static AutoTls.Builder builder(
      List<CertificateSpec> specs, MemoryStorage storage, OneStepIssuer issuer) {
    AutoTls.Builder builder =
        AutoTls.builder().storage(storage).issuer(issuer).solver(new ReadySolver());
    specs.forEach(builder::certificate);
    return builder;
  }

  private static List<CertificateSpec> specs(int count) {
    return IntStream.range(0, count).mapToObj(EngineBenchmark::spec).toList();
  }

  /** One turn of the agenda with many certificates of which none is due. */
  private void idle() throws IOException {
    MemoryStorage storage = MemoryStorage.create();
    List<CertificateSpec> specs = specs(MANY);
    VirtualTime time = VirtualTime.startingAt(START);
    store(specs, storage, time);
    TickingTime ticks = new TickingTime(time);
    AutoTls tls = builder(specs, storage, new OneStepIssuer()).time(ticks).executor(time).enable();
    time.advance(Duration.ofHours(2)); // all are read, and their issuer has been asked about each
    List<Long> nanos = new ArrayList<>();
    for (int i = 0; i < TICKS; i++) {
      long begin = System.nanoTime();
      ticks.tick();
      nanos.add(System.nanoTime() - begin);
    }
    long begin = System.nanoTime();
    time.advance(Duration.ofMinutes(10));
    print("engine.tick.idle_100k.ms", milliseconds(median(nanos)));
    print("engine.ten_minutes.idle_100k.ms", milliseconds(System.nanoTime() - begin));
    tls.close();
  }

  /**
   * Gives each spec the record that another one got by an issuance: what is in it is not looked at
   * here.
   */
  private static void store(List<CertificateSpec> specs, MemoryStorage storage, VirtualTime time)
      throws IOException {
    MemoryStorage first = MemoryStorage.create();
    AutoTls tls =
        builder(specs.subList(0, 1), first, new OneStepIssuer()).time(time).executor(time).enable();
    time.advance(Duration.ofMinutes(5));
    Entry record = first.read(Key.of("certificates/" + specs.get(0).id())).orElseThrow();
    tls.close();
    for (CertificateSpec spec : specs) {
      storage.write(Key.of("certificates/" + spec.id()), record.value(), Version.NONE);
    }
  }

  /** As many first certificates whose CA is down, in real time. */
  private void caDown() throws Exception {
    MemoryStorage storage = MemoryStorage.create();
    List<CertificateSpec> specs = specs(MANY);
    OneStepIssuer issuer = new OneStepIssuer().failing(Reaction.RETRY_STEP, name -> true);
    long heapBefore = usedMebibytes();
    AutoTls.Builder builder = builder(specs, storage, issuer);
    long begin = System.nanoTime();
    AutoTls tls = builder.enable();
    print("engine.enable_100k.ms", milliseconds(System.nanoTime() - begin));
    TimeUnit.SECONDS.sleep(30); // real time is what this measures
    long strangers =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("autotls-"))
            .filter(thread -> !isOfPool(thread.getName()))
            .count();
    print("engine.ca_down_100k.threads", strangers);
    print("engine.ca_down_100k.heap_mib", usedMebibytes() - heapBefore);
    print("engine.ca_down_100k.requests", issuer.requests());
    tls.close();
  }

  private static boolean isOfPool(String name) {
    return name.startsWith("autotls-worker-") || name.startsWith("autotls-timer-");
  }

  private static long usedMebibytes() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(200);
    }
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  /** A name that works, wanted while many others fail; in real time. */
  private void goodName() throws Exception {
    CertificateSpec good = spec(FAILING);
    CompletableFuture<Long> issued = new CompletableFuture<>();
    OneStepIssuer issuer =
        new OneStepIssuer()
            .failing(Reaction.RETRY_ATTEMPT, name -> !good.names().contains(name))
            .taking(Duration.ofMillis(20));
    AutoTls tls =
        builder(specs(FAILING), MemoryStorage.create(), issuer)
            .listener(
                event -> {
                  if (event instanceof AutoTlsEvent.Issued one && one.spec().equals(good)) {
                    issued.complete(System.nanoTime());
                  }
                })
            .enable();
    TimeUnit.SECONDS.sleep(15); // they fail, and wait
    long begin = System.nanoTime();
    tls.add(good);
    long nanos = issued.get(5, TimeUnit.MINUTES) - begin;
    print("engine.good_name.delay_seconds", String.format("%.3f", nanos / 1e9));
    print("engine.good_name.failures_before", issuer.requests() - 1);
    tls.close();
  }

  private void cluster() {
    SimulatedCluster.Report report = SimulatedCluster.of(5, 1_000).run();
    print("engine.cluster.orders", report.orders());
    print("engine.cluster.missing", report.missing());
    print("engine.cluster.violations", report.violations().size());
  }

  /** Both kinds of certificate at the same time, one thread each. */
  private void year() {
    long begin = System.nanoTime();
    List<CompletableFuture<SimulatedYear.Report>> years =
        List.of(45, 6).stream()
            .map(
                days ->
                    CompletableFuture.supplyAsync(
                        () -> SimulatedYear.of(Duration.ofDays(days), YEAR_CERTIFICATES).run(),
                        work -> new Thread(work, "year-" + days).start()))
            .toList();
    Map<String, SimulatedYear.Report> reports =
        Map.of("45d", years.get(0).join(), "6d", years.get(1).join());
    print("engine.year.seconds", (System.nanoTime() - begin) / 1_000_000_000L);
    reports.forEach(
        (kind, report) -> {
          print("engine.year." + kind + ".orders", report.orders());
          print("engine.year." + kind + ".inquiries", report.inquiries());
          print("engine.year." + kind + ".refused", report.refused());
          print("engine.year." + kind + ".expired_served", report.expired());
          print("engine.year." + kind + ".revoked_served", report.revoked());
          print("engine.year." + kind + ".violations", report.violations().size());
        });
  }

  private void schedules() {
    long count = Long.getLong("simulation.schedules", SCHEDULES);
    long begin = System.nanoTime();
    Campaign.Result result = Campaign.of(1, count).keyType(KeyType.RSA_2048).run();
    print("engine.simulation.schedules", result.schedules());
    print("engine.simulation.violations", result.broken().size());
    print("engine.simulation.seconds", (System.nanoTime() - begin) / 1_000_000_000L);
    result.broken().forEach(outcome -> System.err.println(outcome));
  }

  private static long median(List<Long> values) {
    List<Long> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static String milliseconds(long nanos) {
    return String.format("%.3f", nanos / 1e6);
  }
}

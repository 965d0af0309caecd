package io.autotls.benchmarks;

import io.autotls.testing.ca.DateForm;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.RetryAfter;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/**
 * What a certificate costs: requests and seconds, of AutoTls's ACME client and of acme4j in the
 * same run, against the same CA.
 *
 * <p>The CA runs in this process, validates by real connections, and takes a settable time for it.
 * The last part is against Pebble, a process of its own on the same cores.
 */
final class IssuanceBenchmark implements Benchmarks.Benchmark {
  private static final Duration VALIDATION = Duration.ofMillis(300);
  private static final Duration ISSUANCE = Duration.ofMillis(500);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(3);
  private static final int BULK = 1000;
  private static final int BULK_OF_PEER = 100;
  private static final int BULK_THREADS = 64;

  private final PrintStream out;

  IssuanceBenchmark(PrintStream out) {
    this.out = out;
  }

  /** Enters a client for a CA; the second certificate is of the CA's own HTTPS. */
  @FunctionalInterface
  private interface Entrant {
    Contender enter(URI directory, X509Certificate httpsRoot, ChallengeAnswers answers);
  }

  @Override
  public void run() throws Exception {
    measure("issuance.", AutoTlsContender::new, BULK);
    measure(
        "acme4j.issuance.",
        (url, root, answers) -> new Acme4jContender(url, answers),
        BULK_OF_PEER);
  }

  private void measure(String prefix, Entrant entrant, int bulk) throws Exception {
    warmUp(entrant);
    requests(prefix, entrant);
    seconds(prefix, entrant);
    faults(prefix, entrant);
    bulk(prefix, entrant, bulk);
  }

  /** Classes are loaded and compiled before anything is timed, for each client alike. */
  private static void warmUp(Entrant entrant) throws Exception {
    try (Race race = Race.start(entrant)) {
      race.contender.register();
      for (int i = 0; i < 20; i++) {
        race.contender.obtain(names(1));
      }
    }
  }

  private void requests(String prefix, Entrant entrant) throws Exception {
    try (Race race = Race.start(entrant)) {
      race.contender.register();
      race.contender.obtain(names(1));
      print(prefix + "requests.first", race.requests());
      race.contender.obtain(names(1));
      print(prefix + "requests.next", race.requests());
    }
  }

  private void seconds(String prefix, Entrant entrant) throws Exception {
    try (Race race = Race.start(entrant)) {
      race.ca.validation(Processing.IN_BACKGROUND);
      race.ca.issuance(Processing.IN_BACKGROUND);
      race.ca.validationDelay(VALIDATION);
      race.ca.issuanceDelay(ISSUANCE);
      race.contender.register();
      race.requests();
      print(prefix + "one.seconds", timed(() -> race.contender.obtain(names(1))));
      print(prefix + "one.requests", race.requests());
      print(prefix + "twenty.seconds", timed(() -> race.contender.obtain(names(20))));
      print(prefix + "twenty.requests", race.requests());
      race.ca.retryAfter(RETRY_AFTER);
      print(prefix + "twenty.retry_after.seconds", timed(() -> race.contender.obtain(names(20))));
      print(prefix + "twenty.retry_after.too_early", race.ca.impatientRequests().size());
    }
  }

  /** Three CAs that are not quite well; how many of three certificates were not obtained. */
  private void faults(String prefix, Entrant entrant) throws Exception {
    int failed = 0;
    failed += failures(entrant, ca -> ca.clockSkew(Duration.ofSeconds(-10)));
    failed += failures(entrant, ca -> ca.clockSkew(Duration.ofMinutes(10)));
    failed += failures(entrant, ca -> ca.onEach().fail(503, "serverInternal", "not now"));
    print(prefix + "faults.failed", failed);
  }

  @FunctionalInterface
  private interface Trouble {
    void make(TestCa ca);
  }

  private static int failures(Entrant entrant, Trouble trouble) throws Exception {
    try (Race race = Race.start(entrant)) {
      trouble.make(race.ca);
      // As dates: the form in which a wrong clock matters.
      race.ca.validation(Processing.IN_BACKGROUND);
      race.ca.issuance(Processing.IN_BACKGROUND);
      race.ca.retryAfter(RetryAfter.date(Duration.ofSeconds(1), DateForm.IMF_FIXDATE));
      race.contender.register();
      race.contender.obtain(names(1));
      return 0;
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      return 1;
    }
  }

  private void bulk(String prefix, Entrant entrant, int certificates) throws Exception {
    try (ChallengeAnswers answers = new ChallengeAnswers();
        Pebble pebble =
            Pebble.builder().version(PebbleVersion.V2_10).httpPort(answers.port()).start()) {
      SSLContext.setDefault(pebble.sslContext());
      try (Contender contender = entrant.enter(pebble.directory(), pebble.httpsRoot(), answers)) {
        contender.register();
        obtainMany(contender, BULK_THREADS);
        Duration ours = ownCpu();
        Duration theirs = childrenCpu();
        double seconds = timed(() -> obtainMany(contender, certificates));
        print(prefix + "bulk.certificates", certificates);
        print(prefix + "bulk.per_second", certificates / seconds);
        print(prefix + "bulk.client.cpu_ms", millisEach(ownCpu().minus(ours), certificates));
        print(prefix + "bulk.pebble.cpu_ms", millisEach(childrenCpu().minus(theirs), certificates));
      }
    }
  }

  private static double millisEach(Duration cpu, int certificates) {
    return cpu.toMillis() / (double) certificates;
  }

  private static Duration ownCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Of Pebble and its DNS server, which are the only children. */
  private static Duration childrenCpu() {
    return ProcessHandle.current()
        .descendants()
        .map(child -> child.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static void obtainMany(Contender contender, int certificates) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(BULK_THREADS);
    try {
      List<Callable<Void>> work = new ArrayList<>();
      for (int i = 0; i < certificates; i++) {
        List<String> names = List.of("bulk" + i + ".example.com");
        work.add(
            () -> {
              contender.obtain(names);
              return null;
            });
      }
      for (Future<Void> one : threads.invokeAll(work)) {
        one.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  @FunctionalInterface
  private interface Task {
    void run() throws Exception;
  }

  private static double timed(Task task) throws Exception {
    long begin = System.nanoTime();
    task.run();
    return (System.nanoTime() - begin) / (double) TimeUnit.SECONDS.toNanos(1);
  }

  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "www" + i + ".example.com").toList();
  }

  private void print(String key, int value) {
    out.println(key + " = " + value);
  }

  private void print(String key, double value) {
    out.println(key + " = " + String.format(Locale.ROOT, "%.2f", value));
  }

  /** One client against one CA that answers at once, and asks for nothing twice. */
  private static final class Race implements AutoCloseable {
    private final ChallengeAnswers answers;
    private final TestCa ca;
    private final Contender contender;
    private int seen;

    private Race(Entrant entrant) throws IOException {
      this.answers = new ChallengeAnswers();
      this.ca = TestCa.builder().httpPort(answers.port()).start();
      ca.validation(Processing.IN_REQUEST);
      ca.issuance(Processing.IN_REQUEST);
      SSLContext.setDefault(ca.httpsContext()); // the only way to tell acme4j whom to trust
      this.contender = entrant.enter(ca.directory(), ca.httpsRoot(), answers);
    }

    static Race start(Entrant entrant) throws IOException {
      return new Race(entrant);
    }

    /** The requests since the last call. */
    int requests() {
      int now = ca.requests().size();
      int fresh = now - seen;
      seen = now;
      return fresh;
    }

    @Override
    public void close() {
      contender.close();
      ca.close();
      answers.close();
    }
  }
}

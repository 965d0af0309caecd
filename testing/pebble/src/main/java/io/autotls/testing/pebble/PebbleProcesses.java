package io.autotls.testing.pebble;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.naming.NamingException;

/** The two processes, their ports and their files: from a clean start to a clean end. */
final class PebbleProcesses implements AutoCloseable {
  private static final int ATTEMPTS = 5;
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final int PAUSES = 1_000; // together 20 seconds
  private static final Duration REQUEST_DEADLINE = Duration.ofSeconds(5);
  private static final String PROBE = "probe.autotls.test";
  private static final String PROBE_ADDRESS = "127.83.77.1";

  private final Ports ports;
  private final Path folder;
  private final HttpsIdentity identity;
  private final HttpClient client;
  private final ChallengeDns dns;
  private final OrderBook orders = new OrderBook(InstantSource.system());
  private final List<ChildProcess> children = new ArrayList<>();
  private final Thread atExit = new Thread(this::end, "end of Pebble");
  private final AtomicBoolean ended = new AtomicBoolean();

  private PebbleProcesses(Ports ports) throws IOException {
    this.ports = ports;
    this.folder = Files.createTempDirectory("autotls-pebble-");
    this.identity = HttpsIdentity.create(folder, InstantSource.system().instant());
    this.client =
        HttpClient.newBuilder()
            .sslContext(identity.sslContext())
            .connectTimeout(REQUEST_DEADLINE)
            .build();
    this.dns =
        new ChallengeDns(
            client,
            URI.create("http://127.0.0.1:" + ports.dnsManagement()),
            new InetSocketAddress("127.0.0.1", ports.dns()));
  }

  /** Starts both, again on other ports if another program took one of them meanwhile. */
  static PebbleProcesses start(PebblePrograms programs, Settings settings, Ports.Source free) {
    String output = "";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        PebbleProcesses processes = new PebbleProcesses(settings.ports(free.next()));
        if (processes.comeUp(programs, settings)) {
          return processes;
        }
        output = processes.allOutput();
        processes.close();
        if (!output.contains("address already in use")) {
          break;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while Pebble started", e);
      }
    }
    throw new IllegalStateException(
        "Pebble " + programs.version() + " did not start. It wrote:\n" + output);
  }

  Ports ports() {
    return ports;
  }

  HttpsIdentity identity() {
    return identity;
  }

  HttpClient client() {
    return client;
  }

  ChallengeDns dns() {
    return dns;
  }

  OrderBook orders() {
    return orders;
  }

  /** What Pebble wrote. */
  String log() {
    return children.get(1).output();
  }

  Stream<ProcessHandle> handles() {
    return children.stream().map(ChildProcess::handle);
  }

  @Override
  public void close() {
    if (ended.compareAndSet(false, true)) {
      try {
        Runtime.getRuntime().removeShutdownHook(atExit);
      } catch (IllegalStateException e) {
        // The JVM ends already, and the hook does the rest.
        return;
      }
      end();
    }
  }

  private boolean comeUp(PebblePrograms programs, Settings settings)
      throws IOException, InterruptedException {
    // A test that is aborted must not leave a CA running.
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      startDns(programs);
      startPebble(programs, settings);
      return becomesTrue(this::dnsAnswers) && becomesTrue(this::pebbleAnswers);
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void startDns(PebblePrograms programs) throws IOException {
    boolean old = programs.version() == PebbleVersion.V2_4;
    List<String> command = new ArrayList<>();
    command.add(programs.challengeServer().toString());
    command.addAll(List.of(old ? "-dns01" : "-dnsserver", "127.0.0.1:" + ports.dns()));
    command.addAll(List.of("-management", "127.0.0.1:" + ports.dnsManagement()));
    command.addAll(List.of("-http01", "", "-https01", "", "-tlsalpn01", ""));
    // Pebble takes the first address and prefers IPv6, where nobody listens.
    command.addAll(List.of("-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""));
    if (!old) {
      command.addAll(List.of("-doh", ""));
    }
    children.add(ChildProcess.start(command, Map.of(), folder, line -> {}));
  }

  private void startPebble(PebblePrograms programs, Settings settings) throws IOException {
    Path config = folder.resolve("pebble.json");
    Files.writeString(config, settings.json(ports, identity));
    List<String> command = new ArrayList<>();
    command.add(programs.pebble().toString());
    command.addAll(List.of("-config", config.toString()));
    command.addAll(List.of("-dnsserver", "127.0.0.1:" + ports.dns()));
    if (settings.strictness() == Strictness.STRICT) {
      command.add("-strict");
    }
    children.add(ChildProcess.start(command, settings.environment(), folder, orders::read));
  }

  /**
   * Both programs say that they listen before they bind, so only an answer proves it. An answer
   * that only ours can give, as another program may have taken the port.
   */
  private boolean becomesTrue(Probe probe) throws InterruptedException {
    for (int i = 0; i < PAUSES; i++) {
      // First the pause: a program that took our port may accept a connection and never answer.
      for (ChildProcess child : children) {
        if (child.failsWithin(PAUSE.dividedBy(children.size()))) {
          return false;
        }
      }
      try {
        if (probe.answers()) {
          return true;
        }
      } catch (IOException | NamingException e) {
        // Not yet.
      }
    }
    return false;
  }

  private boolean dnsAnswers() throws IOException, NamingException {
    dns.tryToPost(
        "add-a", Map.of("host", ChallengeDns.fqdn(PROBE), "addresses", List.of(PROBE_ADDRESS)));
    boolean answers = DnsQuery.ask(dns.address(), PROBE, "A").contains(PROBE_ADDRESS);
    dns.tryToPost("clear-a", Map.of("host", ChallengeDns.fqdn(PROBE)));
    return answers;
  }

  private boolean pebbleAnswers() throws IOException {
    return !get("https://localhost:" + ports.directory() + "/dir").isEmpty()
        && !get("https://localhost:" + ports.management() + "/roots/0").isEmpty();
  }

  private String get(String uri) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(uri)).timeout(REQUEST_DEADLINE).GET().build();
    return Requests.send(client, request, HttpResponse.BodyHandlers.ofString());
  }

  private String allOutput() {
    StringBuilder all = new StringBuilder();
    children.forEach(child -> all.append(child.output()).append('\n'));
    return all.toString();
  }

  private void end() {
    children.forEach(ChildProcess::close);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a process does its work already. */
  @FunctionalInterface
  private interface Probe {
    boolean answers() throws IOException, NamingException;
  }
}

package io.autotls.solver.tlsalpn;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateStatus.Serving;
import io.autotls.KeyType;
import io.autotls.spi.Attachment;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.ca.OrderView;
import io.autotls.testing.ca.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Orders that want the same names proven at the same time, where a name has one place for an
 * answer: two kinds of keys, overlapping sets of names, several nodes behind a load balancer.
 */
class OverlappingOrdersTest {
  /** {@code -Doverlap.runs=100} for more. */
  private static final int RUNS = Integer.getInteger("overlap.runs", 25);

  private static final int NODES = 2;

  private final VirtualTime time = VirtualTime.startingAt(Instant.parse("2026-11-24T00:00:00Z"));
  private final Random random = new Random(4711);
  private final List<AutoTls> nodes = new ArrayList<>();
  private final List<AutoTlsEvent.Failed> failures = new ArrayList<>();
  private LoadBalancer loadBalancer;
  private TestCa ca;

  @BeforeEach
  void start() throws IOException {
    loadBalancer = new LoadBalancer();
    ca =
        TestCa.builder()
            .time(time::instant)
            .scheduler(time::schedule)
            .tlsPort(loadBalancer.port())
            .challengeTypes("tls-alpn-01")
            .start();
  }

  @AfterEach
  void stop() throws IOException {
    nodes.forEach(AutoTls::close);
    loadBalancer.close();
    ca.close();
  }

  @Test
  @Timeout(300)
  @DisplayName("C13 many times two kinds of keys and two overlapping sets: no failed validation")
  void noValidationIsLost() {
    for (int run = 0; run < RUNS; run++) {
      ca.validationDelay(Duration.ofMillis(50 + random.nextInt(3_000)));
      String domain = "run" + run + ".example";
      // A key says nothing about a challenge, and an RSA key takes its time.
      KeyType other = run % 10 == 0 ? KeyType.RSA_2048 : KeyType.EC_P384;
      List<AutoTls> cluster = cluster(domain, other);

      time.advance(Duration.ofMinutes(2));

      assertThat(cluster)
          .as("run %d, %s", run, failures)
          .allSatisfy(
              node ->
                  assertThat(node.statuses())
                      .hasSize(4)
                      .allMatch(status -> status.serving() == Serving.CERTIFICATE));
      cluster.forEach(AutoTls::close);
      nodes.removeAll(cluster);
    }
    assertThat(failures).isEmpty();
    assertThat(ca.orders()).hasSize(4 * RUNS).extracting(OrderView::status).containsOnly("valid");
  }

  private List<AutoTls> cluster(String domain, KeyType other) {
    MemoryStorage storage = MemoryStorage.create();
    List<AutoTls> cluster = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      TlsAlpn01Solver solver = TlsAlpn01Solver.create();
      AutoTls node =
          AutoTls.builder()
              .keyTypes(KeyType.EC_P256, other)
              .domains("a." + domain, "b." + domain)
              .domains("b." + domain, "c." + domain, "a." + domain)
              .agreeToTermsOfService()
              .issuer(
                  AcmeIssuer.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build())
              .solver(solver)
              .storage(storage)
              .time(time)
              .executor(time)
              .listener(this::hear)
              .enable();
      Attachment attachment = solver.attach("a server of the test");
      attachment.listening();
      cluster.add(node);
      nodes.add(node);
    }
    loadBalancer.leadsTo(cluster);
    return cluster;
  }

  private void hear(AutoTlsEvent event) {
    if (event instanceof AutoTlsEvent.Failed failed) {
      failures.add(failed);
    }
  }

  /** Leads each visitor to the next node, and ends the connection after the handshake. */
  private static final class LoadBalancer implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ServerSocket listening =
        new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private volatile List<AutoTls> nodes = List.of();
    private int visits;

    private LoadBalancer() throws IOException {
      threads.execute(this::acceptAll);
    }

    int port() {
      return listening.getLocalPort();
    }

    void leadsTo(List<AutoTls> others) {
      nodes = List.copyOf(others);
    }

    private void acceptAll() {
      try {
        while (true) {
          Socket visitor = listening.accept();
          AutoTls node = nodes.get(visits++ % nodes.size());
          threads.execute(() -> shakeHands(node, visitor));
        }
      } catch (IOException e) {
        // closed
      }
    }

    private static void shakeHands(AutoTls node, Socket visitor) {
      try (SSLSocket socket =
          (SSLSocket) node.sslContext().getSocketFactory().createSocket(visitor, null, true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(
            new String[] {"h2", "http/1.1", TlsAlpn01Solver.PROTOCOL});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        socket.shutdownOutput();
        socket.getInputStream().read();
      } catch (IOException e) {
        // The visitor sees the same failure.
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
      threads.shutdownNow();
    }
  }
}

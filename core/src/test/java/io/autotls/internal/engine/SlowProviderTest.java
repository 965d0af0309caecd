package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus.Serving;
import io.autotls.internal.cluster.CircuitBreakers;
import io.autotls.spi.Challenge;
import io.autotls.spi.StoredNames;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Visibility;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.OrderView;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.ca.TestDns;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that take long to be seen, and what they keep from others: nothing. */
class SlowProviderTest {
  private static final int SLOW_NAMES = 500;
  private static final CertificateSpec GOOD = CertificateSpec.of("good.example");

  private final MemoryStorage store = MemoryStorage.create();

  private static List<CertificateSpec> slowOnes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> CertificateSpec.of("n" + i + ".slow.example"))
        .toList();
  }

  private static long served(AutoTls tls) {
    return tls.statuses().stream()
        .filter(status -> status.serving() == Serving.CERTIFICATE)
        .count();
  }

  private AutoTls.Builder builder(TestCa ca) {
    return AutoTls.builder()
        .agreeToTermsOfService()
        .issuer(AcmeIssuer.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build())
        .storage(store);
  }

  @Test
  @Timeout(180)
  @DisplayName("500 names that settle for ten minutes hold nothing; a good name takes a second")
  void whatSettlesHoldsNothing() throws Exception {
    VirtualTime time = VirtualTime.startingAt(Harness.START);
    TimeSource timeOfCa = time;
    try (PageSolver pages = new PageSolver();
        TestCa ca =
            TestCa.builder()
                .time(time::instant)
                .scheduler(timeOfCa::schedule)
                .httpPort(pages.port())
                .start()) {
      ca.validation(Processing.IN_REQUEST);
      ca.issuance(Processing.IN_REQUEST);
      SlowZone zone = new SlowZone(ca.dns(), time);
      try (AutoTls tls =
          builder(ca)
              .certificates(slowOnes(SLOW_NAMES))
              .solver(zone)
              .solver(pages)
              .time(time)
              .executor(time)
              .enable()) {
        time.advance(Duration.ofMinutes(5));
        assertThat(zone.settling).isEqualTo(SLOW_NAMES);
        assertThat(StoredNames.of(store, "leases/")).isEmpty();
        int requests = ca.requests().size();

        tls.add(GOOD);
        time.advance(Duration.ofSeconds(1));

        assertThat(served(tls)).isEqualTo(1);
        assertThat(tls.status("good.example").orElseThrow().serving())
            .isEqualTo(Serving.CERTIFICATE);
        assertThat(ca.requests().size() - requests).isLessThan(12); // none for those that settle
        time.advance(Duration.ofMinutes(8));
        assertThat(served(tls)).isEqualTo(SLOW_NAMES + 1);
        assertThat(ca.orders()).extracting(OrderView::status).containsOnly("valid");
        assertThat(ca.requests(Endpoint.CHALLENGE)).hasSize(SLOW_NAMES + 1);
        assertThat(StoredNames.of(store, "challenges/")).isEmpty();
      }
    }
  }

  @Test
  @Timeout(120)
  @DisplayName("a provider that hangs while names settle takes none of the turns of the CA")
  void aProviderThatHangsTakesNoTurnOfTheCa() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    CountDownLatch hanging = new CountDownLatch(CircuitBreakers.SETTLING_AT_ONCE);
    CompletableFuture<Void> issued = new CompletableFuture<>();
    try (PageSolver pages = new PageSolver();
        TestCa ca = TestCa.builder().httpPort(pages.port()).start();
        AutoTls tls =
            builder(ca)
                .certificates(slowOnes(10))
                .solver(new HangingZone(hanging, released))
                .solver(pages)
                .listener(
                    event -> {
                      if (event instanceof AutoTlsEvent.Issued) {
                        issued.complete(null);
                      }
                    })
                .enable()) {
      assertThat(hanging.await(60, TimeUnit.SECONDS)).isTrue();

      tls.add(GOOD);

      assertThat(issued).succeedsWithin(Duration.ofSeconds(30));
      assertThat(tls.status("good.example").orElseThrow().serving()).isEqualTo(Serving.CERTIFICATE);
      released.countDown();
    }
  }

  /** Never knows whether its answers can be seen. */
  private static final class HangingZone extends ReadySolver {
    private final CountDownLatch hanging;
    private final CountDownLatch released;

    private HangingZone(CountDownLatch hanging, CountDownLatch released) {
      this.hanging = hanging;
      this.released = released;
    }

    @Override
    public String type() {
      return "dns-01";
    }

    @Override
    public boolean supports(String identifier, boolean wildcard) {
      return identifier.endsWith(".slow.example");
    }

    @Override
    public Visibility present(List<Challenge> challenges) {
      return Visibility.notYet(Duration.ofSeconds(1), "the zone is slow");
    }

    @Override
    public Visibility settle(List<Challenge> challenges) throws IOException {
      hanging.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("the zone hangs");
    }
  }

  /** A zone whose servers follow after ten minutes. */
  private static final class SlowZone extends ReadySolver {
    private static final Duration UNTIL_SEEN = Duration.ofMinutes(10);

    private final TestDns dns;
    private final VirtualTime time;
    private final Map<String, Instant> published = new HashMap<>(); // by value
    private int settling;

    private SlowZone(TestDns dns, VirtualTime time) {
      this.dns = dns;
      this.time = time;
    }

    @Override
    public String type() {
      return "dns-01";
    }

    @Override
    public boolean supports(String identifier, boolean wildcard) {
      return identifier.endsWith(".slow.example");
    }

    @Override
    public Visibility present(List<Challenge> challenges) {
      for (Challenge challenge : challenges) {
        if (published.putIfAbsent(challenge.dnsValue(), time.instant()) == null) {
          settling++;
        }
      }
      return wait(Duration.ofSeconds(30));
    }

    private static Visibility wait(Duration duration) {
      return Visibility.notYet(duration, "the servers of the zone have to follow");
    }

    @Override
    public Visibility settle(List<Challenge> challenges) {
      for (Challenge challenge : challenges) {
        Instant seen = published.get(challenge.dnsValue()).plus(UNTIL_SEEN);
        if (time.instant().isBefore(seen)) {
          return wait(Duration.ofSeconds(30));
        }
        dns.addTxt("_acme-challenge." + challenge.identifier(), challenge.dnsValue());
      }
      return Visibility.visible();
    }

    @Override
    public void cleanUp(List<Challenge> challenges) {
      for (Challenge challenge : challenges) {
        dns.removeTxt("_acme-challenge." + challenge.identifier(), challenge.dnsValue());
      }
    }
  }
}

package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.CertificateStatus.Serving;
import io.autotls.internal.time.NodeTime;
import io.autotls.spi.Key;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.TestCa;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Stops, kills and slow boots at every moment of an issuance, with a CA that validates in earnest:
 * none of them may cost more than seconds.
 */
class RestartTest {
  private static final CertificateSpec SPEC = CertificateSpec.of("shop.example");

  /** What an issuance has: writes to the storage, and requests to the CA. */
  private static final int MOMENTS = 36;

  private static final Duration BOOT = Duration.ofSeconds(14);

  private final VirtualTime time = VirtualTime.startingAt(Harness.START);
  private final MemoryStorage store = MemoryStorage.create();
  private final FrontDoor door = new FrontDoor();
  private final List<AutoTlsEvent> events = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private TestCa ca;

  @BeforeEach
  void startCa() {
    ca =
        TestCa.builder()
            .time(time::instant)
            .scheduler(time::schedule)
            .httpPort(door.port())
            .start();
    ca.validationDelay(Duration.ofSeconds(2));
    ca.issuanceDelay(Duration.ofSeconds(2));
  }

  @AfterEach
  void end() {
    nodes.forEach(Node::kill);
    ca.close();
    door.close();
  }

  /** How a process ends. */
  private enum End {
    KILLED {
      @Override
      void of(Node node) {
        node.kill();
      }
    },
    TERMINATED {
      @Override
      void of(Node node) {
        node.tls.close();
        node.server.stops();
      }
    },
    SERVER_FIRST {
      @Override
      void of(Node node) {
        node.server.stops();
        node.tls.close();
      }
    };

    abstract void of(Node node);
  }

  /** One process. */
  private final class Node {
    private final ServerSolver server = new ServerSolver();
    private final FaultyStorage storage = new FaultyStorage(store);
    private final NodeTime own = new NodeTime(time);
    private boolean isKilled;
    private final AutoTls tls;
    private int momentsLeft = Integer.MAX_VALUE;
    private Runnable atLast = () -> {};

    private Node() {
      storage.onWrite((key, writes) -> moment());
      door.leadsTo(server);
      nodes.add(this);
      tls =
          AutoTls.builder()
              .certificate(SPEC)
              .agreeToTermsOfService()
              .issuer(
                  AcmeIssuer.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build())
              .storage(storage)
              .solver(server)
              .listener(events::add)
              .time(own)
              .executor(task -> time.execute(() -> runUnlessKilled(task)))
              .enable();
    }

    /** Ends after so many moments, in the midst of what it does. */
    void endsAfter(int moments, Runnable end) {
      momentsLeft = moments;
      atLast = end;
    }

    void moment() throws IOException {
      if (momentsLeft-- == 0) {
        atLast.run();
        if (!server.isListening() && storage.isDown()) {
          throw new IOException("the process has been killed");
        }
      }
    }

    void kill() {
      server.stops();
      storage.goesDown();
      own.close();
      isKilled = true;
    }

    private void runUnlessKilled(Runnable task) {
      if (!isKilled) {
        task.run();
      }
    }

    boolean isServed() {
      return tls.statuses().get(0).serving() == Serving.CERTIFICATE;
    }
  }

  private Node boots(Duration boot) {
    Node node = new Node();
    time.advance(boot);
    node.server.listens();
    return node;
  }

  private void noVerdict() throws IOException {
    assertThat(record()).doesNotContain("NEEDS_PERSON");
  }

  private String record() throws IOException {
    return store
        .read(Key.of("certificates/" + SPEC.id()))
        .map(entry -> new String(entry.value(), StandardCharsets.UTF_8))
        .orElse("");
  }

  static Stream<Arguments> ends() {
    return Stream.of(End.values())
        .flatMap(
            end ->
                IntStream.range(0, MOMENTS)
                    .filter(moment -> moment % 3 == end.ordinal())
                    .mapToObj(moment -> Arguments.of(end, moment)));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void aRestartAtAnyMomentCostsSeconds(End end, int moments) throws Exception {
    Node first = boots(Duration.ofSeconds(1));
    ca.listen(request -> answered(first));
    first.endsAfter(moments, () -> end.of(first));
    time.advance(Duration.ofSeconds(5));
    end.of(first);

    Node second = boots(BOOT);
    noVerdict();
    time.advance(Duration.ofMinutes(1));

    assertThat(second.isServed()).isTrue();
    noVerdict();
    assertThat(ca.issued()).hasSize(1);
  }

  private static void answered(Node node) {
    try {
      node.moment();
    } catch (IOException e) {
      // killed: whatever the CA did, nobody hears of it
    }
  }

  @Test
  void aStepThatCannotBeTakenIsLeftToANodeThatCan() throws Exception {
    Node first = boots(Duration.ofSeconds(1));
    first.endsAfter(20, () -> End.KILLED.of(first));
    ca.listen(request -> answered(first));
    time.advance(Duration.ofSeconds(5));
    new Node();
    Node ready = boots(Duration.ZERO);

    time.advance(Duration.ofMinutes(1));

    assertThat(ready.isServed()).isTrue();
    noVerdict();
  }

  @Test
  void aValidationThatFailedBecauseTheNodeWasGoneCostsNoAttempt() throws Exception {
    Node first = boots(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(1)); // the CA was told, and is about to look
    assertThat(ca.orders()).hasSize(1);
    first.kill();
    time.advance(Duration.ofSeconds(3));
    Node second = boots(Duration.ofSeconds(1));

    time.advance(Duration.ofSeconds(12));

    assertThat(second.isServed()).isTrue();
    assertThat(ca.orders()).hasSize(2);
    assertThat(second.tls.status("shop.example").orElseThrow().failedAttempts()).isZero();
  }

  @Test
  void anotherNodeGoesOnWhenTheOneThatAnsweredIsGone() {
    Node first = boots(Duration.ofSeconds(1));
    Node other = new Node();
    time.advance(Duration.ofSeconds(1));
    assertThat(ca.orders()).hasSize(1);
    first.kill();
    time.advance(Duration.ofSeconds(3));
    other.server.listens();

    time.advance(Duration.ofSeconds(20));

    assertThat(other.isServed()).isTrue();
  }

  @Test
  void aNameThatLeadsElsewhereIsNotTakenForAnInterruptionForEver() {
    boots(Duration.ofSeconds(1));
    boots(Duration.ZERO);
    boots(Duration.ZERO);
    ca.httpPort(1); // the name leads to a port where nobody listens

    time.advance(Duration.ofDays(1));

    assertThat(ca.orders()).hasSizeBetween(4, 10);
  }

  @Test
  void aStartWithoutItsCaIsMadeUpForByTheNextOne() {
    ca.onAny().always().fail(503, "serverInternal", "down");
    Node first = boots(Duration.ofSeconds(1));
    time.advance(Duration.ofHours(5));
    first.kill();
    ca.heal();

    Node second = boots(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(20));

    assertThat(second.isServed()).isTrue();
  }

  @Test
  void whatAPersonWasToMendIsTriedSoonAfterAStart() throws Exception {
    ca.on(Endpoint.NEW_ORDER).always().fail(403, "rejectedIdentifier", "not that name");
    Node first = boots(Duration.ofSeconds(1));
    time.advance(Duration.ofHours(1));
    assertThat(record()).contains("Job-Phase: NEEDS_PERSON");
    first.kill();
    ca.heal();

    Node second = boots(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(20));

    assertThat(second.isServed()).isTrue();
  }

  @Test
  void whatTheCaAskedForHoldsAcrossStarts() {
    ca.on(Endpoint.NEW_ORDER).always().fail(429, "rateLimited", "too many", "Retry-After", "7200");
    for (int i = 0; i < 5; i++) {
      Node node = boots(Duration.ofSeconds(1));
      time.advance(Duration.ofMinutes(10));
      node.kill();
    }

    assertThat(ca.requests(Endpoint.NEW_ORDER)).hasSize(1);
  }

  @Test
  void aProcessThatCrashesAgainAndAgainDoesNotFloodTheCa() {
    ca.httpPort(1);
    for (int i = 0; i < 200; i++) {
      Node node = boots(Duration.ofSeconds(1));
      time.advance(Duration.ofSeconds(29));
      node.kill();
    }

    assertThat(ca.orders()).hasSizeLessThan(20); // in 100 minutes
  }

  @Test
  void aNodeThatStopsWritesNoFailure() throws Exception {
    Node node = boots(Duration.ofSeconds(1));
    ca.listen(
        request -> {
          if (request.endpoint() == Endpoint.NEW_ORDER) {
            node.tls.close();
          }
        });
    ca.on(Endpoint.NEW_ORDER).always().fail(403, "rejectedIdentifier", "not that name");

    time.advance(Duration.ofMinutes(1));

    assertThat(record()).doesNotContain("Problem-");
    assertThat(events).noneMatch(AutoTlsEvent.Failed.class::isInstance);
  }
}

package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.CertificateStatus.Serving;
import io.autotls.spi.Issuer;
import io.autotls.spi.RevocationReason;
import io.autotls.spi.Storage;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.ca.TestCaBuilder;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine with its ACME issuer and a CA that forgives nothing, on one virtual clock. */
class StrictCaTest {
  private static final String NAME = "shop.example";
  private static final int READS_OF_AN_ISSUANCE = 8;

  private final VirtualTime time = VirtualTime.startingAt(Harness.START);
  private final MemoryStorage store = MemoryStorage.create();
  private final Deque<AutoCloseable> begun = new ArrayDeque<>();

  @AfterEach
  void endAll() throws Exception {
    while (!begun.isEmpty()) {
      begun.pop().close();
    }
  }

  private TestCaBuilder ca() {
    return TestCa.builder().time(time::instant).scheduler(time::schedule);
  }

  private TestCa started(TestCaBuilder builder) {
    TestCa ca = builder.start();
    ca.validation(Processing.IN_REQUEST); // its other threads know nothing of virtual time
    ca.issuance(Processing.IN_REQUEST);
    begun.push(ca);
    return ca;
  }

  private static Issuer issuer(TestCa ca) {
    return AcmeIssuer.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build();
  }

  private AutoTls.Builder builder(Storage storage, TestCa ca) {
    return AutoTls.builder()
        .email("ops@shop.example")
        .agreeToTermsOfService()
        .issuer(issuer(ca))
        .storage(storage)
        .time(time)
        .executor(time);
  }

  private AutoTls enabled(AutoTls.Builder builder) {
    AutoTls tls = builder.enable();
    begun.push(tls);
    return tls;
  }

  private static boolean isServed(AutoTls tls) {
    return tls.statuses().stream().allMatch(status -> status.serving() == Serving.CERTIFICATE);
  }

  @Test
  void whatIsRevokedAtTheCaIsNotServedAnyMore() throws Exception {
    TestCa ca = started(ca());
    AutoTls tls = enabled(builder(store, ca).domains(NAME).solver(new ZoneSolver(ca.dns())));
    time.advance(Duration.ofMinutes(1));
    X509Certificate old = tls.keyring().find(NAME).leaf();

    tls.revoke(NAME, RevocationReason.KEY_COMPROMISE);
    time.advance(Duration.ofMinutes(5));

    assertThat(ca.isRevoked(old)).isTrue();
    assertThat(ca.isRevoked(tls.keyring().find(NAME).leaf())).isFalse();
  }

  @Test
  @DisplayName("PD14: one address at two CAs is two accounts, and neither CA waits for the other")
  void anAddressHasAnAccountAtEachCa() throws Exception {
    TestCa slow = started(ca());
    TestCa other = started(ca());
    slow.on(Endpoint.NEW_ACCOUNT).lasting(Duration.ofHours(1)).fail(503, "serverInternal", "busy");
    AutoTls first = enabled(builder(store, slow).domains(NAME).solver(new ZoneSolver(slow.dns())));
    AutoTls second =
        enabled(builder(store, other).domains("b.example").solver(new ZoneSolver(other.dns())));

    time.advance(Duration.ofMinutes(1));
    assertThat(isServed(second)).isTrue();
    assertThat(isServed(first)).isFalse();
    time.advance(Duration.ofHours(2));

    assertThat(isServed(first)).isTrue();
    assertThat(slow.accounts()).hasSize(1);
    assertThat(other.accounts()).hasSize(1);
    assertThat(Harness.keys(store, "accounts/")).hasSize(2);
  }

  @Test
  @DisplayName("PD20: whatever goes wrong, nobody is asked but the CA that is configured")
  void nobodyElseIsAsked() {
    TestCa ca = started(ca());
    Connections connections = new Connections(ProxySelector.getDefault());
    ProxySelector.setDefault(connections);
    try {
      ca.on(Endpoint.NEW_ORDER).always().fail(403, "unauthorized", "not today");
      AutoTls tls = enabled(builder(store, ca).domains(NAME).solver(new ZoneSolver(ca.dns())));
      time.advance(Duration.ofDays(3));
      ca.heal();
      ca.on(Endpoint.FINALIZE).always().fail(500, "serverInternal", "not now");
      time.advance(Duration.ofDays(3));

      assertThat(ca.requests(Endpoint.NEW_ORDER)).hasSizeGreaterThan(3);
      assertThat(connections.asked).containsExactly(ca.directory().getAuthority());
      assertThat(isServed(tls)).isFalse();
    } finally {
      ProxySelector.setDefault(connections.before);
    }
  }

  /** Hears of every connection that an HTTP client is about to make. */
  private static final class Connections extends ProxySelector {
    private final ProxySelector before;
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    private Connections(ProxySelector before) {
      this.before = before;
    }

    @Override
    public List<Proxy> select(URI uri) {
      asked.add(uri.getHost() + ":" + uri.getPort());
      return List.of(Proxy.NO_PROXY);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("PD37 G28: a solver that fails does not keep the other one from proving the name")
  void theOtherChallengeIsTried(BrokenSolver.Fault fault) throws IOException {
    PageSolver pages = new PageSolver();
    BrokenSolver broken = new BrokenSolver(fault);
    TestCa ca = started(ca().httpPort(pages.port()));
    AutoTls tls = enabled(builder(store, ca).domains(NAME).solver(broken).solver(pages));

    time.advance(Duration.ofMinutes(30));

    assertThat(broken.attempts()).isPositive();
    assertThat(isServed(tls)).as(tls.explain(NAME)).isTrue();
  }

  @Test
  @DisplayName("PD57: one registration for the whole life, over renewals and restarts")
  @Tag("G6")
  void anAccountIsRegisteredOnce() {
    TestCa ca = started(ca());
    for (int life = 0; life < 3; life++) {
      AutoTls tls =
          builder(store, ca).domains(NAME, "b.example").solver(new ZoneSolver(ca.dns())).enable();
      time.advance(Duration.ofDays(65));
      assertThat(isServed(tls)).isTrue();
      tls.close();
    }

    assertThat(ca.issued()).hasSize(4);
    assertThat(ca.requests(Endpoint.NEW_ACCOUNT)).hasSize(1);
  }

  @Test
  @DisplayName("PD68: two instances have two solvers of one kind, with an account each")
  void eachInstanceHasItsOwnSolver() {
    TestCa ca = started(ca());
    TestCa other = started(ca());
    ZoneSolver solver = new ZoneSolver(ca.dns());
    ZoneSolver otherSolver = new ZoneSolver(other.dns());
    AutoTls tls = enabled(builder(store, ca).domains("a.example", "*.a.example").solver(solver));
    AutoTls otherTls =
        enabled(builder(MemoryStorage.create(), other).domains("*.b.example").solver(otherSolver));

    time.advance(Duration.ofMinutes(5));

    assertThat(isServed(tls)).isTrue();
    assertThat(isServed(otherTls)).isTrue();
    assertThat(solver.presented()).isNotEmpty().containsOnly("a.example");
    assertThat(otherSolver.presented()).isNotEmpty().containsOnly("b.example");
    assertThat(ca.dns().txt("_acme-challenge.a.example")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  @DisplayName("PD71: whichever read is stale, nothing is ordered a second time")
  void staleReadsOrderNothing(int behind) {
    TestCa ca = started(ca());
    for (int read = 0; read < READS_OF_AN_ISSUANCE; read++) {
      int stale = read;
      int before = ca.orders().size();
      ca.on(Endpoint.CHALLENGE).fail(503, "serverInternal", "busy"); // in the midst of an order
      ReplicatedStorage replicated = new ReplicatedStorage();
      replicated.fromReplica(number -> number == stale, behind);
      AutoTls.Builder one = builder(replicated, ca).domains(NAME);
      AutoTls.Builder two = builder(replicated, ca).domains(NAME);

      try (AutoTls first = one.solver(new ZoneSolver(ca.dns())).enable();
          AutoTls second = two.solver(new ZoneSolver(ca.dns())).enable()) {
        time.advance(Duration.ofHours(3));

        assertThat(ca.orders()).as("read %d", read).hasSize(before + 1);
        assertThat(isServed(first)).isTrue();
        assertThat(second.keyring().find(NAME)).isEqualTo(first.keyring().find(NAME));
      }
    }
  }

  @Test
  @DisplayName("PD71: an order that the CA limits waits as long as the CA says, and is not lost")
  void aLimitedOrderWaits() {
    TestCa ca = started(ca());
    ca.on(Endpoint.NEW_ORDER).fail(429, "rateLimited", "too many", "Retry-After", "7200");
    AutoTls tls = enabled(builder(store, ca).domains(NAME).solver(new ZoneSolver(ca.dns())));

    time.advance(Duration.ofMinutes(119));
    assertThat(ca.requests(Endpoint.NEW_ORDER)).hasSize(1);
    time.advance(Duration.ofMinutes(20));

    assertThat(ca.requests(Endpoint.NEW_ORDER)).hasSize(2);
    assertThat(isServed(tls)).isTrue();
  }
}

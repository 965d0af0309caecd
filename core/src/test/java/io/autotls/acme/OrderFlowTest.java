package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.conformance.VirtualTime;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.JsonRewrite;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.RecordedRequest;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.ca.TestDns;
import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The whole way to a certificate, step by step and with the driver, against a strict CA that shares
 * a clock with the client: how often it is asked does not depend on how busy this machine is.
 */
class OrderFlowTest {
  private static final NewAccount AGREED = NewAccount.builder().termsOfServiceAgreed().build();

  /** A busy machine looks like a slow link, where it is worth asking for more nonces. */
  private static final Duration ANY_TIME = Duration.ofMinutes(10);

  private final KeyPair certificateKey = AcmeKeys.generate();
  private final VirtualTime time = new VirtualTime();
  private final WebProver prover = new WebProver();
  private TestCa ca;
  private AcmeClient client;
  private AcmeAccount account;

  @BeforeEach
  void start() throws Exception {
    ca = TestCa.builder().time(time).scheduler(time).httpPort(prover.port()).start();
    ca.validationDelay(Duration.ofMillis(100));
    ca.issuanceDelay(Duration.ofMillis(100));
    client = client().build();
    account = client.register(AcmeKeys.generate(), AGREED);
  }

  @AfterEach
  void stop() {
    client.close();
    ca.close();
    prover.close();
  }

  private AcmeClient.Builder client() {
    return AcmeClient.builder(ca.directory())
        .trustedRoots(List.of(ca.httpsRoot()))
        .clock(time)
        .waiter(time)
        .patienceForNonces(ANY_TIME);
  }

  private CertificateWish wish(String... names) {
    List<Identifier> identifiers = List.of(names).stream().map(Identifier::of).toList();
    OrderRequest request = OrderRequest.builder().identifiers(identifiers).build();
    return CertificateWish.builder(request, certificateKey, prover).build();
  }

  @Test
  @DisplayName("O3 C3 C6 F1 F6 the driver obtains a certificate, and takes the answers away")
  void theDriverObtainsACertificate() throws Exception {
    FlowStep outcome = OrderDriver.of(account).obtain(wish("example.com", "www.example.com"));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            FlowStep.Issued.class,
            issued -> assertThat(issued.chain().leaf()).isEqualTo(ca.issued().get(0)));
    assertThat(prover.presented()).hasSize(2);
    assertThat(prover.answers()).isEmpty();
  }

  @Test
  void theNextCertificateFromACaThatAnswersAtOnceTakesSixRequests() throws Exception {
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
    int before = ca.requests().size();

    OrderDriver.of(account).obtain(wish("example.com"));

    assertThat(log().subList(before, ca.requests().size())).hasSizeLessThanOrEqualTo(6);
  }

  @Test
  void twentyNamesTakeFiftyRequestsAtMost() throws Exception {
    ca.validationDelay(Duration.ofMillis(300));
    ca.issuanceDelay(Duration.ofMillis(500));
    ca.noRetryAfter();
    int before = ca.requests().size();

    OrderDriver.of(account)
        .obtain(
            wish(IntStream.range(0, 20).mapToObj(i -> "n" + i + ".test").toArray(String[]::new)));

    assertThat(log().subList(before, ca.requests().size())).hasSizeLessThanOrEqualTo(50);
    assertThat(time.waits()).hasSizeLessThanOrEqualTo(7);
  }

  @Test
  @DisplayName("what was not ordered is not proven, and no prover hears of it")
  void authorizationsForOtherNames() throws Exception {
    for (Map<String, String> other :
        List.of(
            Map.of("type", "dns", "value", "victim.example"),
            Map.of("type", "dns", "value", "../../etc/x"),
            Map.of("type", "dns", "value", "example.com\n"),
            Map.of("type", "dns", "value", "sub.example.com"),
            Map.of("type", "ip", "value", "192.0.2.1"),
            Map.of("type", "x", "value", "example.com"))) {
      ca.on(Endpoint.AUTHORIZATION).times(1).rewriteJson(JsonRewrite.with("identifier", other));

      assertThatThrownBy(() -> OrderDriver.of(account).obtain(wish("example.com")))
          .isInstanceOf(AcmeOrderFailedException.class)
          .hasMessageContaining("not ordered");
    }
    assertThat(prover.presented()).isEmpty();
    assertThat(prover.withdrawn()).isEmpty();
    assertThat(ca.requests(Endpoint.CHALLENGE)).isEmpty();
  }

  @Test
  void aWildcardThatWasNotOrderedIsNotProven() {
    ca.on(Endpoint.AUTHORIZATION).always().rewriteJson(JsonRewrite.with("wildcard", true));
    assertThatThrownBy(() -> OrderDriver.of(account).obtain(wish("example.com")))
        .hasMessageContaining("a proof of *.example.com, which was not ordered");
    assertThat(prover.presented()).isEmpty();
  }

  @Test
  @DisplayName("of an order that failed, only what was ordered is cleaned up and blamed")
  void failuresOfOtherNames() throws Exception {
    ca.on(Endpoint.ORDER).always().rewriteJson(JsonRewrite.with("status", "invalid"));
    ca.on(Endpoint.NEW_ORDER).always().rewriteJson(JsonRewrite.with("status", "invalid"));
    ca.on(Endpoint.AUTHORIZATION)
        .always()
        .rewriteJson(
            JsonRewrite.with("identifier", Map.of("type", "dns", "value", "victim.example")));

    assertThatThrownBy(() -> OrderDriver.of(account).obtain(wish("example.com")))
        .isInstanceOfSatisfying(
            AcmeOrderFailedException.class, e -> assertThat(e.failures()).isEmpty());
    assertThat(prover.withdrawn()).isEmpty();
  }

  @Test
  @DisplayName("an order with thousands of authorizations costs no more than the order")
  void tooManyAuthorizations() {
    List<String> many =
        IntStream.range(0, 3_000).mapToObj(i -> ca.directory().resolve("/z/" + i) + "").toList();
    ca.on(Endpoint.NEW_ORDER).always().rewriteJson(JsonRewrite.with("authorizations", many));

    assertThatThrownBy(() -> OrderDriver.of(account).obtain(wish("example.com")))
        .hasMessageContaining("3000 authorizations");
    assertThat(ca.requests(Endpoint.AUTHORIZATION)).isEmpty();
  }

  @Test
  @DisplayName("R1 the order is never looked at earlier than the CA asked")
  void retryAfterIsKept() throws Exception {
    ca.validationDelay(Duration.ofMillis(300));
    ca.issuanceDelay(Duration.ofMillis(500));
    ca.retryAfter(Duration.ofSeconds(1));

    OrderDriver.of(account).obtain(wish("example.com"));

    assertThat(time.waits())
        .hasSize(2)
        .allMatch(wait -> wait.compareTo(Duration.ofSeconds(1)) >= 0)
        .allMatch(wait -> wait.compareTo(Duration.ofMillis(1100)) < 0);
  }

  @Test
  @DisplayName("R4 FT19 an order that does not get on is parked, and gone on with later")
  void parkedAndResumed() throws Exception {
    ca.issuanceDelay(Duration.ofMillis(900));
    ca.noRetryAfter();
    CertificateWish impatient =
        CertificateWish.builder(wish("example.com").request(), certificateKey, prover)
            .patience(Duration.ofMillis(500))
            .build();

    FlowStep first = OrderDriver.of(account).obtain(impatient);
    URI order = ((FlowStep.Parked) first).state().order().orElseThrow();
    FlowStep second = OrderDriver.of(account).resume(wish("example.com"), order);

    assertThat(second).isInstanceOf(FlowStep.Issued.class);
    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  @DisplayName("F5 F11 each step may be repeated after a crash: one order, one certificate")
  void everyStepMayBeRepeated() throws Exception {
    FlowState state = FlowState.begin();
    FlowStep step = OrderFlow.of(account).advance(wish("example.com"), state);
    while (step instanceof FlowStep.Continue next) {
      time.await(next.delay());
      OrderFlow.of(account).resume(wish("example.com"), state); // its outcome is lost in a crash
      FlowState stored = FlowState.of(next.state().toMap()).orElseThrow();
      step = OrderFlow.of(account).resume(wish("example.com"), stored);
      state = stored;
    }

    assertThat(step).isInstanceOf(FlowStep.Issued.class);
    assertThat(ca.orders()).hasSize(1);
    assertThat(ca.issued()).hasSize(1);
    assertThat(prover.answers()).isEmpty();
  }

  @Test
  @DisplayName("nothing is remembered of orders that ended, however they did")
  void orderThatEndedIsForgotten() throws Exception {
    OrderFlow flow = OrderFlow.of(account);
    runToItsEnd(flow, FlowState.begin());
    assertThat(flow.remembered()).isZero();

    URI elsewhere = halfWay(flow, FlowState.Phase.VALIDATE);
    OrderDriver.of(account).resume(wish("example.com"), elsewhere);
    runToItsEnd(flow, FlowState.ofOrder(elsewhere));
    assertThat(flow.remembered()).isZero();
    assertThat(prover.answers()).isEmpty();

    prover.lies();
    assertThatThrownBy(() -> runToItsEnd(flow, FlowState.begin()))
        .isInstanceOf(AcmeOrderFailedException.class);
    assertThat(flow.remembered()).isZero();
  }

  private void runToItsEnd(OrderFlow flow, FlowState from) throws Exception {
    FlowStep step = flow.advance(wish("example.com"), from);
    while (step instanceof FlowStep.Continue next) {
      time.await(next.delay());
      step = flow.advance(wish("example.com"), next.state());
    }
    assertThat(step).isInstanceOf(FlowStep.Issued.class);
  }

  private URI halfWay(OrderFlow flow, FlowState.Phase phase) throws Exception {
    FlowState state = FlowState.begin();
    while (state.phase() != phase) {
      state = ((FlowStep.Continue) flow.advance(wish("example.com"), state)).state();
    }
    return state.order().orElseThrow();
  }

  @Test
  @DisplayName("orders that others ended are forgotten in time")
  void ordersOfOthersAreForgottenInTime() {
    RecentOrders<String> orders = new RecentOrders<>();
    for (int i = 0; i <= RecentOrders.CAPACITY; i++) {
      orders.put(URI.create("https://ca.example/order/" + i), "seen");
    }

    assertThat(orders.size()).isEqualTo(RecentOrders.CAPACITY);
    assertThat(orders.get(URI.create("https://ca.example/order/0"))).isNull();
  }

  @Test
  @DisplayName("C7 O5 C6 a failed validation ends the order, says why, and cleans up")
  void failedValidation() {
    prover.lies();

    assertThatThrownBy(() -> OrderDriver.of(account).obtain(wish("example.com")))
        .isInstanceOfSatisfying(
            AcmeOrderFailedException.class,
            e -> assertThat(e.failures().get(0).identifier().value()).isEqualTo("example.com"))
        .hasMessageContaining("example.com by http-01");
    assertThat(prover.answers()).isEmpty();
  }

  @Test
  @DisplayName("R6 C6 an interrupt ends the waiting at once, and the answers are taken away")
  void interrupted() throws Exception {
    ca.validationDelay(Duration.ofMinutes(5));
    Thread thread = Thread.currentThread();
    try (AcmeClient impatient = client().waiter(duration -> thread.interrupt()).build()) {
      AcmeAccount same = impatient.register(AcmeKeys.generate(), AGREED);
      assertThatThrownBy(() -> OrderDriver.of(same).obtain(wish("example.com")))
          .isInstanceOfAny(InterruptedException.class, AcmeNetworkException.class);
    } finally {
      Thread.interrupted();
    }

    assertThat(prover.answers()).isEmpty();
  }

  @Test
  @DisplayName("FT5 N5 R5 E2 one 503 at each endpoint costs a moment and nothing else")
  void oneFailureAtEachEndpoint() throws Exception {
    for (Endpoint endpoint : Endpoint.values()) {
      ca.on(endpoint).fail(503, "serverInternal", "busy");
    }
    try (AcmeClient fresh = client().build()) {
      AcmeAccount other = fresh.register(AcmeKeys.generate(), AGREED);

      assertThat(OrderDriver.of(other).obtain(wish("example.com")))
          .isInstanceOf(FlowStep.Issued.class);
    }
    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  @DisplayName(
      "F9 FT31 the preferred chain is chosen by an issuer's name; the default if there is none")
  void preferredChain() throws Exception {
    try (TestCa other = TestCa.builder().httpPort(prover.port()).alternateRoots(2).start();
        AcmeClient its = client(other).build()) {
      AcmeAccount same = its.register(AcmeKeys.generate(), AGREED);
      CertificateChain byDefault = chain(same, null);
      String second = commonName(alternate(same, byDefault, 1).topIssuer());

      assertThat(chain(same, second).hasIssuer(second)).isTrue();
      assertThat(chain(same, "Nobody Root").topIssuer()).isEqualTo(byDefault.topIssuer());
      other.on(Endpoint.CERTIFICATE).skip(1).always().fail(500, "serverInternal", "no");
      assertThat(chain(same, second).topIssuer()).isEqualTo(byDefault.topIssuer());
    }
  }

  private CertificateChain chain(AcmeAccount account, @Nullable String preferred) throws Exception {
    CertificateWish wish =
        CertificateWish.builder(wish("example.com").request(), certificateKey, prover)
            .preferredChain(preferred)
            .build();
    return ((FlowStep.Issued) OrderDriver.of(account).obtain(wish)).chain();
  }

  private static CertificateChain alternate(
      AcmeAccount account, CertificateChain byDefault, int number) throws AcmeException {
    return account.certificate(byDefault.alternates().get(number));
  }

  private static String commonName(String name) {
    return name.replaceFirst(".*CN=([^,]+).*", "$1");
  }

  @Test
  @DisplayName("O3 FT16 what is valid already is not proved again")
  void reusedAuthorizations() throws Exception {
    try (TestCa other = TestCa.builder().httpPort(prover.port()).reuseAuthorizations().start();
        AcmeClient its = client(other).build()) {
      OrderDriver driver = OrderDriver.of(its.register(AcmeKeys.generate(), AGREED));
      driver.obtain(wish("example.com"));
      driver.obtain(wish("example.com"));

      assertThat(other.requests(Endpoint.CHALLENGE)).hasSize(1);
      assertThat(other.issued()).hasSize(2);
    }
  }

  @Test
  @DisplayName("C2 FT18 challenges that nobody can answer are named")
  void noCommonChallenge() throws Exception {
    try (TestCa other = TestCa.builder().challengeTypes("dns-01").start();
        AcmeClient its = client(other).build()) {
      AcmeAccount same = its.register(AcmeKeys.generate(), AGREED);

      assertThatThrownBy(() -> OrderDriver.of(same).obtain(wish("example.com")))
          .isInstanceOfSatisfying(
              AcmeChallengeException.class, e -> assertThat(e.offered()).containsExactly("dns-01"))
          .hasMessageContaining("example.com");
    }
  }

  @Test
  @DisplayName("F2 FT21 orderNotReady is followed by a look at the order")
  void orderNotReady() throws Exception {
    ca.on(Endpoint.FINALIZE).fail(403, "orderNotReady", "wait");

    assertThat(OrderDriver.of(account).obtain(wish("example.com")))
        .isInstanceOf(FlowStep.Issued.class);
    assertThat(ca.requests(Endpoint.FINALIZE)).hasSize(2);
  }

  @Test
  @DisplayName("F11 FT32 a certificate that cannot be fetched yet is waited for, not ordered again")
  void lateCertificate() throws Exception {
    ca.on(Endpoint.CERTIFICATE).times(3).fail(404, "malformed", "not here yet");

    assertThat(OrderDriver.of(account).obtain(wish("example.com")))
        .isInstanceOf(FlowStep.Issued.class);
    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  @DisplayName(
      "FT8 N5 F5 a lost answer to newOrder, trigger, finalize and download doubles nothing")
  void lostAnswers() throws Exception {
    for (Endpoint endpoint :
        List.of(Endpoint.NEW_ORDER, Endpoint.CHALLENGE, Endpoint.FINALIZE, Endpoint.CERTIFICATE)) {
      ca.on(endpoint).dropAfterProcessing();
    }

    assertThat(OrderDriver.of(account).obtain(wish("example.com", "www.example.com")))
        .isInstanceOf(FlowStep.Issued.class);
    assertThat(ca.orders()).hasSize(1);
    assertThat(ca.issued()).hasSize(1);
  }

  @Test
  @DisplayName("R5 E4 a limit in the middle of an order parks it: the order is not lost")
  void limitedInTheMiddle() throws Exception {
    ca.on(Endpoint.FINALIZE).fail(429, "rateLimited", "later", "Retry-After", "3600");

    FlowStep step = OrderDriver.of(account).obtain(wish("example.com"));

    assertThat(step)
        .isInstanceOfSatisfying(
            FlowStep.Parked.class,
            parked -> assertThat(parked.delay()).isEqualTo(Duration.ofHours(1)));
    assertThat(ca.requests(Endpoint.FINALIZE)).hasSize(1);
    assertThat(
            OrderDriver.of(account).resume(wish("example.com"), ((FlowStep.Parked) step).state()))
        .isInstanceOf(FlowStep.Issued.class);
    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  @DisplayName("O9 B20 a name and its wildcard: two values at one place, and both are taken away")
  void nameAndWildcard() throws Exception {
    try (TestDns dns = TestDns.start();
        TestCa other = TestCa.builder().dnsServer(dns.address()).start();
        AcmeClient its = client(other).build()) {
      AcmeAccount same = its.register(AcmeKeys.generate(), AGREED);
      DnsProver proofs = new DnsProver(dns);
      OrderRequest request =
          OrderRequest.of(Identifier.dns("example.com"), Identifier.dns("*.example.com"));

      FlowStep step =
          OrderDriver.of(same)
              .obtain(CertificateWish.builder(request, certificateKey, proofs).build());

      assertThat(step).isInstanceOf(FlowStep.Issued.class);
      assertThat(proofs.most).isEqualTo(2);
      assertThat(dns.txt("_acme-challenge.example.com")).isEmpty();
    }
  }

  /** Answers dns-01 in a zone of the test. */
  private static final class DnsProver implements Prover {
    private final TestDns dns;
    private int most;

    DnsProver(TestDns dns) {
      this.dns = dns;
    }

    @Override
    public Optional<AcmeChallenge> choose(Authorization authorization) {
      return Prover.ofType(authorization, "dns-01");
    }

    @Override
    public ProofVisibility present(List<Proof> proofs) {
      for (Proof proof : proofs) {
        String name = DnsChallenges.dns01Name(proof.identifier());
        dns.addTxt(name, DnsChallenges.value(proof.keyAuthorization()));
        most = Math.max(most, dns.txt(name).size());
      }
      return ProofVisibility.visible();
    }

    @Override
    public void withdraw(List<Proof> proofs) {
      for (Proof proof : proofs) {
        if (proof.type().equals("dns-01")) {
          dns.removeTxt(
              DnsChallenges.dns01Name(proof.identifier()),
              DnsChallenges.value(proof.keyAuthorization()));
        }
      }
    }
  }

  @Test
  @DisplayName("N2 requests that are made together share the nonces that come back")
  void noncesAreShared() throws Exception {
    String[] names = IntStream.range(0, 20).mapToObj(i -> "n" + i + ".test").toArray(String[]::new);
    int before = ca.requests(Endpoint.NEW_NONCE).size();

    OrderDriver.of(account).obtain(wish(names));

    assertThat(ca.requests(Endpoint.NEW_NONCE)).hasSizeLessThanOrEqualTo(before + 4);
  }

  private AcmeClient.Builder client(TestCa other) {
    return AcmeClient.builder(other.directory()).trustedRoots(List.of(other.httpsRoot()));
  }

  private List<String> log() {
    return ca.requests().stream().map(RecordedRequest::toString).toList();
  }
}

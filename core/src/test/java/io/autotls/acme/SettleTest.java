package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.FlowState.Phase;
import io.autotls.conformance.VirtualTime;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.ca.TestDns;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Answers that are not seen at once: present, settle, trigger. */
class SettleTest {
  private static final NewAccount AGREED = NewAccount.builder().termsOfServiceAgreed().build();

  private final KeyPair certificateKey = AcmeKeys.generate();
  private final VirtualTime time = new VirtualTime();
  private final ZoneProver zone = new ZoneProver();
  private TestDns dns;
  private TestCa ca;
  private AcmeClient client;
  private AcmeAccount account;

  @BeforeEach
  void start() throws Exception {
    dns = TestDns.start();
    ca = TestCa.builder().time(time).scheduler(time).dnsServer(dns.address()).start();
    client =
        AcmeClient.builder(ca.directory())
            .trustedRoots(List.of(ca.httpsRoot()))
            .clock(time)
            .waiter(time)
            .build();
    account = client.register(AcmeKeys.generate(), AGREED);
  }

  @AfterEach
  void stop() {
    client.close();
    ca.close();
    dns.close();
  }

  private CertificateWish wish(String... names) {
    List<Identifier> identifiers = List.of(names).stream().map(Identifier::of).toList();
    OrderRequest request = OrderRequest.builder().identifiers(identifiers).build();
    return CertificateWish.builder(request, certificateKey, zone).build();
  }

  private int told() {
    return ca.requests(Endpoint.CHALLENGE).size();
  }

  @Test
  @DisplayName("C7 the CA is told to look only when the answers can be seen, and not asked before")
  void theCaIsToldWhenTheAnswersAreSeen() throws Exception {
    zone.says(
        ProofVisibility.notYet(Duration.ofMinutes(2), "the zone is slow"),
        ProofVisibility.notYet(Duration.ofSeconds(30), "the zone is slow"),
        ProofVisibility.visible());
    OrderFlow flow = OrderFlow.of(account);
    FlowStep.Continue settling = untilPhase(flow, FlowState.begin(), Phase.SETTLE);
    int before = ca.requests().size();

    FlowStep.Continue again =
        (FlowStep.Continue) flow.advance(wish("example.com"), settling.state());
    FlowStep.Continue seen = (FlowStep.Continue) flow.advance(wish("example.com"), again.state());

    assertThat(settling.delay()).isEqualTo(Duration.ofMinutes(2));
    assertThat(again.delay()).isEqualTo(Duration.ofSeconds(30));
    assertThat(seen.state().phase()).isEqualTo(Phase.TRIGGER);
    assertThat(ca.requests()).hasSize(before);
    assertThat(told()).isZero();
    assertThat(OrderDriver.of(account).resume(wish("example.com"), seen.state()))
        .isInstanceOf(FlowStep.Issued.class);
    assertThat(told()).isEqualTo(1);
    assertThat(zone.presented).hasSize(1);
  }

  @Test
  @DisplayName(
      "another process goes on from each phase: nothing is presented twice, all is removed")
  void anotherProcessGoesOn() throws Exception {
    zone.says(
        ProofVisibility.notYet(Duration.ofMinutes(2), "the zone is slow"),
        ProofVisibility.notYet(Duration.ofMinutes(2), "the zone is slow"),
        ProofVisibility.visible());
    CertificateWish wish = wish("example.com", "*.example.com");
    FlowStep step = OrderFlow.of(account).advance(wish, FlowState.begin());
    List<Phase> phases = new ArrayList<>();

    while (step instanceof FlowStep.Continue next) {
      time.await(next.delay());
      FlowState stored = FlowState.of(next.state().toMap()).orElseThrow();
      phases.add(stored.phase());
      step = OrderFlow.of(account).resume(wish, stored);
    }

    assertThat(step).isInstanceOf(FlowStep.Issued.class);
    assertThat(phases)
        .startsWith(Phase.AUTHORIZE, Phase.SETTLE, Phase.SETTLE, Phase.TRIGGER, Phase.VALIDATE);
    assertThat(zone.presented).hasSize(2);
    assertThat(dns.txt("_acme-challenge.example.com")).isEmpty();
  }

  @Test
  @DisplayName("the driver waits for the prover as it does for the CA")
  void theDriverWaits() throws Exception {
    zone.says(
        ProofVisibility.notYet(Duration.ofMinutes(5), "the zone is slow"),
        ProofVisibility.visible());

    FlowStep step = OrderDriver.of(account).obtain(wish("example.com"));

    assertThat(step).isInstanceOf(FlowStep.Issued.class);
    assertThat(zone.settled).isEqualTo(1);
  }

  @Test
  @DisplayName("an order that settles for longer than its patience is parked, and goes on later")
  void parkedWhileItSettles() throws Exception {
    zone.says(
        ProofVisibility.notYet(Duration.ofMinutes(50), "the zone is slow"),
        ProofVisibility.visible());

    FlowStep step = OrderDriver.of(account).obtain(wish("example.com"));

    assertThat(step).isInstanceOf(FlowStep.Parked.class);
    FlowStep.Parked parked = (FlowStep.Parked) step;
    assertThat(parked.reason()).isEqualTo("the zone is slow");
    assertThat(dns.txt("_acme-challenge.example.com")).hasSize(1);
    assertThat(OrderDriver.of(account).resume(wish("example.com"), parked.state()))
        .isInstanceOf(FlowStep.Issued.class);
  }

  @Test
  @DisplayName("C13 where there is room for one answer, a name and its wildcard are proven in turn")
  void oneAfterTheOther() throws Exception {
    zone.hasRoomForOne();

    FlowStep step = OrderDriver.of(account).obtain(wish("example.com", "*.example.com", "a.test"));

    assertThat(step).isInstanceOf(FlowStep.Issued.class);
    assertThat(zone.most).isEqualTo(1);
    assertThat(zone.presented).hasSize(3);
    assertThat(zone.calls).isEqualTo(2);
    assertThat(ca.orders()).hasSize(1);
    assertThat(dns.txt("_acme-challenge.example.com")).isEmpty();
  }

  @Test
  @DisplayName("what is postponed is tried again, less and less often, and the CA is told nothing")
  void postponed() throws Exception {
    ProofVisibility busy =
        ProofVisibility.postponed(Duration.ofSeconds(1), "another order is there");
    zone.says(busy, busy, busy, ProofVisibility.visible());
    OrderFlow flow = OrderFlow.of(account);
    List<Long> delays = new ArrayList<>();
    FlowStep step = flow.advance(wish("example.com"), FlowState.begin());

    while (step instanceof FlowStep.Continue next && told() == 0) {
      delays.add(next.delay().toSeconds());
      step = flow.advance(wish("example.com"), next.state());
    }

    assertThat(delays).containsExactly(0L, 1L, 2L, 4L);
    assertThat(told()).isEqualTo(1);
  }

  @Test
  @DisplayName("what is not seen for a day is given up")
  void neverSeen() throws Exception {
    ProofVisibility never = ProofVisibility.notYet(Duration.ofDays(9), "nobody sees it");
    for (int i = 0; i < 30; i++) {
      zone.says(never);
    }
    OrderFlow flow = OrderFlow.of(account);
    CertificateWish wish = wish("example.com");

    assertThatThrownBy(
            () -> {
              FlowState state = untilPhase(flow, FlowState.begin(), Phase.SETTLE).state();
              while (true) {
                FlowStep.Parked parked = (FlowStep.Parked) flow.advance(wish, state);
                assertThat(parked.delay()).isEqualTo(Duration.ofHours(1));
                state = parked.state();
              }
            })
        .isInstanceOf(AcmeUnseenAnswersException.class)
        .hasMessageContaining("nobody sees it");
    assertThat(told()).isZero();
  }

  /** Also where the first wait is one of those for which an order is parked. */
  private FlowStep.Continue untilPhase(OrderFlow flow, FlowState from, Phase phase)
      throws Exception {
    FlowState state = from;
    while (true) {
      FlowStep step = flow.advance(wish("example.com"), state);
      FlowStep.Continue next =
          step instanceof FlowStep.Parked parked
              ? new FlowStep.Continue(parked.state(), parked.delay())
              : (FlowStep.Continue) step;
      state = next.state();
      if (state.phase() == phase) {
        return next;
      }
    }
  }

  /** Answers dns-01, and says what it is told to say. */
  private final class ZoneProver implements Prover {
    private final Deque<ProofVisibility> script = new ArrayDeque<>();
    private final List<Proof> presented = new ArrayList<>();
    private boolean roomForOne;
    private int most;
    private int calls;
    private int settled;

    void says(ProofVisibility... answers) {
      script.addAll(List.of(answers));
    }

    void hasRoomForOne() {
      roomForOne = true;
    }

    private ProofVisibility next() {
      return script.isEmpty() ? ProofVisibility.visible() : script.poll();
    }

    @Override
    public Optional<AcmeChallenge> choose(Authorization authorization) {
      return Prover.ofType(authorization, "dns-01");
    }

    @Override
    public Optional<String> place(Proof proof) {
      return roomForOne
          ? Optional.of(DnsChallenges.dns01Name(proof.identifier()))
          : Optional.empty();
    }

    @Override
    public ProofVisibility present(List<Proof> proofs) throws IOException {
      calls++;
      ProofVisibility visibility = next();
      if (visibility instanceof ProofVisibility.Postponed) {
        return visibility;
      }
      for (Proof proof : proofs) {
        String name = DnsChallenges.dns01Name(proof.identifier());
        dns.addTxt(name, DnsChallenges.value(proof.keyAuthorization()));
        most = Math.max(most, dns.txt(name).size());
        presented.add(proof);
      }
      return visibility;
    }

    @Override
    public ProofVisibility settle(List<Proof> proofs) {
      settled++;
      return next();
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
}

package io.autotls.solver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeChallenge;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.AcmeOrderFailedException;
import io.autotls.acme.Authorization;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.FlowStep;
import io.autotls.acme.Identifier;
import io.autotls.acme.NewAccount;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.Proof;
import io.autotls.acme.ProofVisibility;
import io.autotls.acme.Prover;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.RequiresPebble;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A validator of another author comes to our own port, by IPv4 and by IPv6. */
@Timeout(180)
@RequiresPebble
class PebbleValidationTest {
  private final TestContext context = new TestContext();
  private Http01Solver solver;
  private Pebble pebble;
  private AcmeClient client;
  private AcmeAccount account;

  @BeforeEach
  void start() throws Exception {
    pebble = Pebble.builder().start();
    solver = Http01Solver.listening(pebble.httpPort());
    solver.start(context);
    client =
        AcmeClient.builder(pebble.directory()).trustedRoots(List.of(pebble.httpsRoot())).build();
    account =
        client.register(AcmeKeys.generate(), NewAccount.builder().termsOfServiceAgreed().build());
  }

  @AfterEach
  void stop() {
    client.close();
    solver.close();
    pebble.close();
  }

  @Test
  @DisplayName("FT46 C10 hosts with IPv4 only, with IPv6 only, and an address")
  void bothFamilies() throws Exception {
    assumeTrue(hasIpv6(), "this machine has no IPv6");
    pebble.dns().addAaaa("six.example.com", "::1");

    assertThat(obtain("four.example.com", "six.example.com", "127.0.0.1"))
        .isInstanceOf(FlowStep.Issued.class);
  }

  @Test
  @DisplayName("FT46 C7 a host whose IPv6 address leads nowhere is named, with the CA's reason")
  void brokenIpv6() throws Exception {
    assumeTrue(hasIpv6(), "this machine has no IPv6");
    solver.close();
    solver = Http01Solver.listening(new InetSocketAddress("127.0.0.1", pebble.httpPort()));
    solver.start(context);
    pebble.dns().addAaaa("broken.example.com", "::1");

    assertThatThrownBy(() -> obtain("broken.example.com"))
        .isInstanceOf(AcmeOrderFailedException.class)
        .hasMessageContaining("broken.example.com by http-01")
        .hasMessageContaining("[::1]");
  }

  private FlowStep obtain(String... names) throws Exception {
    OrderRequest order =
        OrderRequest.of(Stream.of(names).map(Identifier::of).toArray(Identifier[]::new));
    return OrderDriver.of(account)
        .obtain(CertificateWish.builder(order, AcmeKeys.generate(), new BySolver(solver)).build());
  }

  private static boolean hasIpv6() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private record BySolver(Http01Solver solver) implements Prover {
    @Override
    public Optional<AcmeChallenge> choose(Authorization authorization) {
      return Prover.ofType(authorization, "http-01");
    }

    @Override
    public ProofVisibility present(List<Proof> proofs) throws IOException {
      for (Proof proof : proofs) {
        solver.present(List.of(challenge(proof)));
      }
      return ProofVisibility.visible();
    }

    @Override
    public void withdraw(List<Proof> proofs) {
      proofs.forEach(proof -> solver.cleanUp(List.of(challenge(proof))));
    }

    private static io.autotls.spi.Challenge challenge(Proof proof) {
      return io.autotls.spi.Challenge.builder(proof.type(), proof.identifier().value())
          .token(proof.token().orElseThrow(), proof.keyAuthorization())
          .build();
    }
  }
}

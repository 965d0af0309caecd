package io.autotls.solver.tlsalpn;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeChallenge;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeKeys;
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
import io.autotls.testing.pebble.PebbleVersion;
import io.autotls.testing.pebble.RequiresPebble;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A validator of another author is convinced, for names and for addresses. */
@Timeout(180)
@RequiresPebble({PebbleVersion.V2_10, PebbleVersion.V2_4})
class PebbleValidationTest {
  @ParameterizedTest
  @EnumSource
  @DisplayName("TA3 TA4 TA6 IP1 IP2 Pebble validates two names and an address by TLS-ALPN-01")
  void pebbleIsConvinced(PebbleVersion version) throws Exception {
    OrderRequest order =
        OrderRequest.of(
            Identifier.dns("example.com"),
            Identifier.dns("www.example.com"),
            Identifier.ip("127.0.0.1"));
    try (TestContext context = new TestContext();
        TlsAlpn01Solver solver = TlsAlpn01Solver.create();
        Server server = new Server(context.keyring);
        Pebble pebble = Pebble.builder().version(version).tlsPort(server.port()).start();
        AcmeClient client =
            AcmeClient.builder(pebble.directory())
                .trustedRoots(List.of(pebble.httpsRoot()))
                .build()) {
      solver.start(context);
      solver.attach("the test's server").listening();
      AcmeAccount account =
          client.register(AcmeKeys.generate(), NewAccount.builder().termsOfServiceAgreed().build());

      FlowStep outcome =
          OrderDriver.of(account)
              .obtain(
                  CertificateWish.builder(order, AcmeKeys.generate(), new BySolver(solver))
                      .build());

      assertThat(outcome).isInstanceOf(FlowStep.Issued.class);
    }
  }

  private record BySolver(TlsAlpn01Solver solver) implements Prover {
    @Override
    public Optional<AcmeChallenge> choose(Authorization authorization) {
      return Prover.ofType(authorization, "tls-alpn-01");
    }

    @Override
    public ProofVisibility present(List<Proof> proofs) throws IOException {
      for (Proof proof : proofs) {
        solver.present(List.of(challenge(proof)));
      }
      return ProofVisibility.visible();
    }

    @Override
    public void withdraw(List<Proof> proofs) throws IOException {
      proofs.forEach(proof -> solver.cleanUp(List.of(challenge(proof))));
    }

    private static io.autotls.spi.Challenge challenge(Proof proof) {
      return io.autotls.spi.Challenge.builder(proof.type(), proof.identifier().value())
          .token(proof.token().orElseThrow(), proof.keyAuthorization())
          .build();
    }
  }
}

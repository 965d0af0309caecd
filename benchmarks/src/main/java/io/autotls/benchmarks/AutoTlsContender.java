package io.autotls.benchmarks;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeChallenge;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
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
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** AutoTls's ACME client, used alone, with its defaults. */
final class AutoTlsContender implements Contender, Prover {
  private final AcmeClient client;
  private final ChallengeAnswers answers;
  private OrderDriver driver;

  AutoTlsContender(URI directory, X509Certificate httpsRoot, ChallengeAnswers answers) {
    this.client = AcmeClient.builder(directory).trustedRoots(List.of(httpsRoot)).build();
    this.answers = answers;
  }

  @Override
  public void register() throws AcmeException {
    NewAccount request = NewAccount.builder().termsOfServiceAgreed().build();
    AcmeAccount account = client.register(AcmeKeys.generate(), request);
    driver = OrderDriver.of(account);
  }

  @Override
  public void obtain(List<String> names) throws Exception {
    OrderRequest request =
        OrderRequest.builder().identifiers(names.stream().map(Identifier::dns).toList()).build();
    FlowStep outcome =
        driver.obtain(CertificateWish.builder(request, AcmeKeys.generate(), this).build());
    if (!(outcome instanceof FlowStep.Issued)) {
      throw new IllegalStateException("no certificate but " + outcome);
    }
  }

  @Override
  public Optional<AcmeChallenge> choose(Authorization authorization) {
    return Prover.ofType(authorization, "http-01");
  }

  @Override
  public ProofVisibility present(List<Proof> proofs) {
    proofs.forEach(proof -> answers.put(proof.token().orElseThrow(), proof.keyAuthorization()));
    return ProofVisibility.visible();
  }

  @Override
  public void withdraw(List<Proof> proofs) {
    proofs.forEach(proof -> proof.token().ifPresent(answers::remove));
  }

  @Override
  public void close() {
    client.close();
  }
}

package io.autotls.examples.acme;

import com.sun.net.httpserver.HttpServer;
import io.autotls.acme.*;
import io.autotls.testing.ca.TestCa;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Obtains one certificate with the ACME client alone, from a CA in this process. */
public final class ObtainCertificate {
  public static void main(String[] args) throws Exception {
    Map<String, String> answers = new ConcurrentHashMap<>();
    HttpServer http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    http.createContext(
        "/.well-known/acme-challenge/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          byte[] answer = answers.get(path.substring(path.lastIndexOf('/') + 1)).getBytes();
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    http.start();
    Prover prover =
        new Prover() {
          public Optional<AcmeChallenge> choose(Authorization authorization) {
            return Prover.ofType(authorization, "http-01");
          }

          public ProofVisibility present(List<Proof> proofs) {
            proofs.forEach(
                proof -> answers.put(proof.token().orElseThrow(), proof.keyAuthorization()));
            return ProofVisibility.visible();
          }

          public void withdraw(List<Proof> proofs) {
            proofs.forEach(proof -> proof.token().ifPresent(answers::remove));
          }
        };
    try (TestCa ca = TestCa.builder().httpPort(http.getAddress().getPort()).start();
        AcmeClient acme =
            AcmeClient.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build()) {
      NewAccount terms = NewAccount.builder().termsOfServiceAgreed().build();
      AcmeAccount account = acme.register(AcmeKeys.generate(), terms);
      KeyPair key = AcmeKeys.generate();
      OrderRequest order = OrderRequest.of(Identifier.dns("example.com"));
      CertificateWish wish = CertificateWish.builder(order, key, prover).build();
      FlowStep outcome = OrderDriver.of(account).obtain(wish);
      if (outcome instanceof FlowStep.Issued issued) {
        System.out.println(issued.chain().leaf());
      }
    } finally {
      http.stop(0);
    }
  }
}

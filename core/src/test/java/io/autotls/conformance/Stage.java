package io.autotls.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.CertificateChain;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.FlowStep;
import io.autotls.acme.Identifier;
import io.autotls.acme.NewAccount;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.OrderRequest;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.Processing;
import io.autotls.testing.ca.TestCa;
import io.autotls.testing.ca.TestCaBuilder;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The scripted CA, the client and a web server, on sockets of this machine and on one virtual
 * clock. The CA validates and issues at once unless a test says otherwise.
 */
final class Stage implements AutoCloseable {
  static final NewAccount AGREED =
      NewAccount.builder().email("ops@example.com").termsOfServiceAgreed().build();

  final VirtualTime time = new VirtualTime();
  final WebAnswers web = WebAnswers.listen();
  final KeyPair accountKey = AcmeKeys.generate();
  final KeyPair certificateKey = AcmeKeys.generate();
  final TestCa ca;
  final AcmeClient client;

  private Stage(UnaryOperator<TestCaBuilder> ofCa, UnaryOperator<AcmeClient.Builder> ofClient) {
    this.ca = ofCa.apply(TestCa.builder().time(time).scheduler(time).httpPort(web.port())).start();
    ca.validation(Processing.IN_REQUEST);
    ca.issuance(Processing.IN_REQUEST);
    this.client =
        ofClient
            .apply(
                AcmeClient.builder(ca.directory())
                    .trustedRoots(List.of(ca.httpsRoot()))
                    .clock(time)
                    .waiter(time)
                    .random(new Random(1))
                    .callTimeout(Duration.ofSeconds(20)))
            .build();
  }

  static Stage open() {
    return new Stage(ca -> ca, client -> client);
  }

  static Stage withCa(UnaryOperator<TestCaBuilder> settings) {
    return new Stage(settings, client -> client);
  }

  static Stage withClient(UnaryOperator<AcmeClient.Builder> settings) {
    return new Stage(ca -> ca, settings);
  }

  AcmeAccount account() throws AcmeException {
    return client.register(accountKey, AGREED);
  }

  static OrderRequest order(String... names) {
    return OrderRequest.of(Stream.of(names).map(Identifier::of).toArray(Identifier[]::new));
  }

  CertificateWish wish(String... names) {
    return wish(order(names));
  }

  CertificateWish wish(OrderRequest request) {
    return CertificateWish.builder(request, certificateKey, web).build();
  }

  /** The whole way, from the registration on. */
  CertificateChain obtains(String... names) throws Exception {
    return obtains(wish(names));
  }

  CertificateChain obtains(CertificateWish wish) throws Exception {
    return issued(OrderDriver.of(account()).obtain(wish));
  }

  static CertificateChain issued(FlowStep outcome) {
    assertThat(outcome).isInstanceOf(FlowStep.Issued.class);
    return ((FlowStep.Issued) outcome).chain();
  }

  static FlowStep.Parked parked(FlowStep outcome) {
    assertThat(outcome).isInstanceOf(FlowStep.Parked.class);
    return (FlowStep.Parked) outcome;
  }

  int requests(Endpoint endpoint) {
    return ca.requests(endpoint).size();
  }

  /** What no fault may lead to: nothing was made twice, no nonce was used twice, nobody hurried. */
  void nothingIsDoubled() {
    assertThat(ca.accounts()).hasSize(1);
    assertThat(ca.orders()).hasSize(1);
    assertThat(ca.issued()).hasSize(1);
    noNonceWasUsedTwice();
  }

  void noNonceWasUsedTwice() {
    assertThat(ca.requests())
        .noneMatch(request -> request.problem().filter("badNonce"::equals).isPresent());
    assertThat(ca.impatientRequests()).isEmpty();
  }

  @Override
  public void close() {
    client.close();
    ca.close();
    web.close();
  }
}

package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.testing.ca.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The client and a whole CA that shares no code with it, from the directory to the certificate. */
class StraightPathTest {
  private static final String PREFIX = "/.well-known/acme-challenge/";
  private static final NewAccount AGREED =
      NewAccount.builder().email("ops@example.com").termsOfServiceAgreed().build();

  private final Map<String, String> answers = new ConcurrentHashMap<>(); // by token
  private final KeyPair accountKey = AcmeKeys.generate();
  private final KeyPair certificateKey = AcmeKeys.generate();
  private final MockWebServer web = new MockWebServer();
  private TestCa ca;
  private AcmeClient client;

  @BeforeEach
  void start() throws IOException {
    web.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            String path = request.getTarget();
            String answer =
                path.startsWith(PREFIX) ? answers.get(path.substring(PREFIX.length())) : null;
            return answer == null
                ? new MockResponse.Builder().code(404).build()
                : new MockResponse.Builder().body(answer).build();
          }
        });
    web.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    ca = TestCa.builder().httpPort(web.getPort()).start();
    client = AcmeClient.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build();
  }

  @AfterEach
  void stop() {
    client.close();
    ca.close();
    web.close();
  }

  @Test
  @DisplayName("J1 J2 J3 J9 A1 O1 C3 C4 C5 F1 F4 F6 F8 from an account to a certificate")
  void fromAnAccountToACertificate() throws Exception {
    AcmeAccount account = client.register(accountKey, AGREED);

    X509Certificate certificate = obtain(account, "example.com", "www.example.com");

    assertThat(certificate.getPublicKey()).isEqualTo(certificateKey.getPublic());
    assertThat(ca.issued()).containsExactly(certificate);
  }

  @Test
  @DisplayName("J4 J6 the same with RSA and P-384 keys")
  void otherKeys() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
    ec.initialize(384);

    obtain(client.register(rsa.generateKeyPair(), AGREED), "rsa.example");
    obtain(client.register(ec.generateKeyPair(), AGREED), "ec.example");

    assertThat(ca.issued()).hasSize(2);
  }

  @Test
  @DisplayName("FT1 N4 the same while nine nonces in ten are refused")
  void ninetyPercentOfTheNoncesRefused() throws Exception {
    ca.rejectNonces(0.9);

    obtain(client.register(accountKey, AGREED), "example.com");

    assertThat(ca.issued()).hasSize(1);
  }

  @Test
  @DisplayName("A3 A12 registering again, or looking for it, gives the same account")
  void theAccountIsFoundAgain() throws Exception {
    assertThat(client.findAccount(accountKey)).isEmpty();

    URI url = client.register(accountKey, AGREED).url();

    assertThat(client.register(accountKey, NewAccount.builder().build()).url()).isEqualTo(url);
    assertThat(client.findAccount(accountKey).orElseThrow().url()).isEqualTo(url);
    assertThat(client.account(accountKey, url).fetch().status()).isEqualTo(AccountStatus.VALID);
  }

  @Test
  @DisplayName("A15 an order whose URL was lost is found in the account's list")
  void lostOrder() throws Exception {
    AcmeAccount account = client.register(accountKey, AGREED);

    URI url = account.newOrder(OrderRequest.of(Identifier.dns("example.com"))).url();

    assertThat(account.orders()).containsExactly(url);
  }

  @Test
  @DisplayName("C7 O5 a wrong answer makes authorization and order invalid, with the reason")
  void wrongAnswer() throws Exception {
    AcmeAccount account = client.register(accountKey, AGREED);
    Order order = account.newOrder(OrderRequest.of(Identifier.dns("example.com")));
    URI authorizationUrl = order.authorizations().get(0);
    AcmeChallenge challenge =
        account.authorization(authorizationUrl).challenge("http-01").orElseThrow();
    answers.put(challenge.token().orElseThrow(), "nonsense");

    account.trigger(challenge);

    Authorization failed =
        until(
            () -> account.authorization(authorizationUrl),
            authorization -> authorization.status() != AuthorizationStatus.PENDING);
    assertThat(failed.status()).isEqualTo(AuthorizationStatus.INVALID);
    assertThat(failed.challenge("http-01").orElseThrow().error()).isPresent();
    assertThat(account.order(order.url()).status()).isEqualTo(OrderStatus.INVALID);
  }

  @Test
  @DisplayName("F2 a CSR for an order that is not ready is refused as such")
  @Tag("PD45")
  void finalizeTooEarly() throws Exception {
    AcmeAccount account = client.register(accountKey, AGREED);
    Order order = account.newOrder(OrderRequest.of(Identifier.dns("example.com")));

    assertThatThrownBy(
            () -> account.finalizeOrder(order, Csr.of(certificateKey, order.identifiers())))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e -> assertThat(e.type()).isEqualTo(ProblemType.ORDER_NOT_READY));
  }

  private X509Certificate obtain(AcmeAccount account, String... names) throws Exception {
    List<Identifier> identifiers = List.of(names).stream().map(Identifier::of).toList();
    Order order = account.newOrder(OrderRequest.builder().identifiers(identifiers).build());
    for (URI url : order.authorizations()) {
      AcmeChallenge challenge = account.authorization(url).challenge("http-01").orElseThrow();
      String token = challenge.token().orElseThrow();
      answers.put(token, account.keyAuthorization(token));
      account.trigger(challenge);
    }
    Order ready = until(() -> account.order(order.url()), it -> it.status() != OrderStatus.PENDING);
    assertThat(ready.status()).isEqualTo(OrderStatus.READY);
    account.finalizeOrder(ready, Csr.of(certificateKey, identifiers));
    Order valid =
        until(() -> account.order(order.url()), it -> it.status() != OrderStatus.PROCESSING);
    assertThat(valid.status()).isEqualTo(OrderStatus.VALID);
    CertificateChain chain = account.certificate(valid);
    chain.verify(certificateKey.getPublic(), identifiers, Instant.now());
    return chain.leaf();
  }

  /**
   * Asks without a pause: each question is a round trip to another thread, which needs the time.
   */
  private static <T> T until(Callable<T> question, Predicate<T> enough) throws Exception {
    for (int i = 0; i < 10_000; i++) {
      T answer = question.call();
      if (enough.test(answer)) {
        return answer;
      }
    }
    throw new AssertionError("still the same after 10,000 questions");
  }
}

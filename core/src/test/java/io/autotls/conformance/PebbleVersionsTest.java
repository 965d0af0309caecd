package io.autotls.conformance;

import static io.autotls.testing.pebble.PebbleVersion.V2_10;
import static io.autotls.testing.pebble.PebbleVersion.V2_4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.autotls.acme.AccountStatus;
import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.AcmeNetworkException;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.AcmeRevocationReason;
import io.autotls.acme.Authorization;
import io.autotls.acme.AuthorizationStatus;
import io.autotls.acme.CertificateChain;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.ExternalAccountBinding;
import io.autotls.acme.FlowStep;
import io.autotls.acme.Identifier;
import io.autotls.acme.NewAccount;
import io.autotls.acme.Order;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.OrderStatus;
import io.autotls.acme.ProblemType;
import io.autotls.acme.RawOrder;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.PebbleVersion;
import io.autotls.testing.pebble.RequiresPebble;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What both Pebbles, of 2026 and of 2022, have to like: real code of another author. Accounts must
 * be bound, chains have four certificates, there are three roots, and nothing is validated twice.
 */
@Timeout(180)
@RequiresPebble({V2_10, V2_4})
class PebbleVersionsTest {
  private static final Map<PebbleVersion, PebbleStage> STAGES = new EnumMap<>(PebbleVersion.class);

  @BeforeAll
  static void start() {
    for (PebbleVersion version : PebbleVersion.values()) {
      STAGES.put(
          version,
          new PebbleStage(
              Pebble.builder()
                  .version(version)
                  .externalAccount(PebbleStage.EAB_KID, PebbleStage.EAB_KEY)
                  .alternateRoots(2)
                  .chainLength(3)
                  .authzReusePercent(0)
                  .strict()));
    }
  }

  @AfterAll
  static void stop() {
    STAGES.values().forEach(PebbleStage::close);
    STAGES.clear();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("T2 T4 T5 J1 J2 J3 J9 A1 A11 O1 C3 C4 F1 F4 F6 F8 C10 a certificate for two names")
  void issues(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);

    CertificateChain chain =
        stage.obtains(stage.account(), Stage.order("example.com", "www.example.com"));

    assertThat(chain.certificates()).hasSize(4);
    assertThat(chain.alternates()).hasSize(2);
    assertThat(stage.web.areGone()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("T1 who does not know its root does not trust it")
  void untrusted(PebbleVersion version) {
    try (AcmeClient stranger =
        AcmeClient.builder(STAGES.get(version).pebble.directory()).withoutRepeats().build()) {
      AcmeNetworkException e =
          catchThrowableOfType(AcmeNetworkException.class, stranger::directory);

      assertThat(e.kind()).isEqualTo(AcmeNetworkException.Kind.UNTRUSTED);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("A11 without a binding, or with a wrong one, there is no account")
  void binding(PebbleVersion version) {
    PebbleStage stage = STAGES.get(version);
    NewAccount wrong =
        NewAccount.builder()
            .termsOfServiceAgreed()
            .externalAccountBinding(
                ExternalAccountBinding.of(
                    PebbleStage.EAB_KID, "c2VjcmV0LTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"))
            .build();

    assertThatThrownBy(() -> stage.client.register(AcmeKeys.generate(), PebbleStage.agreed()))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e -> assertThat(e.type()).isEqualTo(ProblemType.EXTERNAL_ACCOUNT_REQUIRED));
    assertThatThrownBy(() -> stage.client.register(AcmeKeys.generate(), wrong))
        .isInstanceOf(AcmeProblemException.class);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("A4 terms that were not agreed to")
  void terms(PebbleVersion version) {
    PebbleStage stage = STAGES.get(version);

    assertThatThrownBy(
            () -> stage.client.register(AcmeKeys.generate(), NewAccount.builder().build()))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e ->
                assertThat(e.type())
                    .isIn(ProblemType.USER_ACTION_REQUIRED, ProblemType.AGREEMENT_REQUIRED));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("A3 A7 A8 A12 an account is found, changed, and ended")
  void accounts(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    KeyPair key = AcmeKeys.generate();
    assertThat(stage.client.findAccount(key)).isEmpty();
    AcmeAccount account = stage.client.register(key, PebbleStage.bound());

    assertThat(stage.client.register(key, PebbleStage.bound()).url()).isEqualTo(account.url());
    assertThat(stage.client.findAccount(key).orElseThrow().url()).isEqualTo(account.url());
    account.update(List.of(URI.create("mailto:new@example.com")));
    assertThat(account.fetch().contacts()).containsExactly(URI.create("mailto:new@example.com"));
    assertThat(account.deactivate().status()).isEqualTo(AccountStatus.DEACTIVATED);
    assertThatThrownBy(() -> account.newOrder(Stage.order("example.com")))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e -> assertThat(e.type()).isEqualTo(ProblemType.UNAUTHORIZED));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("A9 A10 the new key works after a change, the old one does not")
  void keyChange(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    KeyPair old = AcmeKeys.generate();
    KeyPair next = AcmeKeys.generate();
    AcmeAccount account = stage.client.register(old, PebbleStage.bound());
    AcmeAccount other = stage.account();

    AcmeAccount changed = account.changeKey(next);

    stage.obtains(changed, Stage.order("example.com"));
    assertThat(stage.client.findAccount(old)).isEmpty();
    assertThat(stage.client.findAccount(next).orElseThrow().url()).isEqualTo(account.url());
    if (version == V2_4) { // the newer one lets two accounts have one key
      assertThatThrownBy(() -> other.changeKey(next))
          .isInstanceOf(AcmeException.class)
          .hasMessageContaining("already in use");
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("A15 the orders of an account, page by page")
  void orders(PebbleVersion version) throws Exception {
    AcmeAccount account = STAGES.get(version).account();
    for (int i = 0; i < 5; i++) {
      account.newOrder(Stage.order("n" + i + ".example.com"));
    }

    assertThat(account.orders()).hasSize(5).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("A14 a CSR for the account's key is refused before it is sent")
  void accountKey(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    KeyPair key = AcmeKeys.generate();
    AcmeAccount account = stage.client.register(key, PebbleStage.bound());

    assertThatThrownBy(() -> stage.obtains(account, stage.wish(key, Stage.order("example.com"))))
        .hasMessageContaining("account's key");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("O9 C12 a wildcard and its apex have two values at one name")
  void wildcard(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    OrderRequest request = Stage.order("wild.example.com", "*.wild.example.com");
    CertificateWish wish =
        CertificateWish.builder(request, AcmeKeys.generate(), DnsAnswers.dns01(stage.pebble.dns()))
            .build();

    stage.obtains(stage.account(), wish);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("C7 O5 a wrong answer is told, and the answer taken away")
  void failedValidation(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    stage.pebble.dns().setServfail("broken.example.com");

    assertThatThrownBy(() -> stage.obtains(stage.account(), Stage.order("broken.example.com")))
        .isInstanceOf(AcmeException.class)
        .hasMessageContaining("broken.example.com");
    assertThat(stage.web.areGone()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("C8 O12 an authorization is given back")
  void authorizationGivenBack(PebbleVersion version) throws Exception {
    AcmeAccount account = STAGES.get(version).account();
    Order order = account.newOrder(Stage.order("example.com"));
    Authorization authorization = account.authorization(order.authorizations().get(0));

    assertThat(account.deactivate(authorization).status())
        .isEqualTo(AuthorizationStatus.DEACTIVATED);
    assertThat(account.order(order.url()).status())
        .isIn(OrderStatus.INVALID, OrderStatus.UNKNOWN); // the old one says "deactivated"
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("F9 the chain to another root, and to one that nobody has")
  void preferredChain(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    X509Certificate alternate = stage.pebble.roots().get(2);
    String name =
        alternate.getSubjectX500Principal().getName().replaceFirst(".*CN=([^,]+).*", "$1");
    AcmeAccount account = stage.account();

    CertificateChain preferred = stage.obtains(account, preferring(stage, name));
    CertificateChain byDefault = stage.obtains(account, preferring(stage, "Nobody's Root X9"));

    assertThat(preferred.topIssuer()).isEqualTo(alternate.getSubjectX500Principal().getName());
    assertThat(byDefault.topIssuer())
        .isEqualTo(stage.pebble.root().getSubjectX500Principal().getName());
  }

  private static CertificateWish preferring(PebbleStage stage, String name) {
    return CertificateWish.builder(Stage.order("example.com"), AcmeKeys.generate(), stage.web)
        .preferredChain(name)
        .build();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("V1 V2 V3 revoked by the account, and by the certificate's key")
  void revocation(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    AcmeAccount account = stage.account();
    KeyPair key = AcmeKeys.generate();
    X509Certificate first = stage.obtains(account, Stage.order("example.com")).leaf();
    X509Certificate second =
        stage.obtains(account, stage.wish(key, Stage.order("example.com"))).leaf();

    account.revoke(first, AcmeRevocationReason.SUPERSEDED);
    account.revoke(first, AcmeRevocationReason.SUPERSEDED);
    assertThatThrownBy(
            () ->
                stage.client.revoke(AcmeKeys.generate(), second, AcmeRevocationReason.UNSPECIFIED))
        .isInstanceOf(AcmeProblemException.class);
    stage.client.revoke(key, second, AcmeRevocationReason.KEY_COMPROMISE);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("IP1 IP2 addresses are proved by HTTP-01")
  void addresses(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);

    CertificateChain chain = stage.obtains(stage.account(), Stage.order("127.0.0.1"));

    assertThat(chain.leaf().getSubjectAlternativeNames())
        .anyMatch(name -> name.get(1).equals("127.0.0.1"));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("FT19 R4 an order that stays in processing is parked, and resumed without another")
  void stuckOrder(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    KeyPair key = AcmeKeys.generate();
    AcmeAccount account = stage.client.register(key, PebbleStage.bound());
    URI order =
        RawOrder.place(
            account,
            key,
            Map.of(
                "identifiers",
                List.of(Map.of("type", "dns", "value", "example.com")),
                "notBefore",
                "garbage"));
    CertificateWish wish =
        CertificateWish.builder(Stage.order("example.com"), AcmeKeys.generate(), stage.web)
            .patience(Duration.ofSeconds(30))
            .build();

    FlowStep.Parked first = Stage.parked(OrderDriver.of(account).resume(wish, order));
    FlowStep.Parked second = Stage.parked(OrderDriver.of(account).resume(wish, first.state()));

    assertThat(second.state().order()).contains(order);
    assertThat(second.delay()).isGreaterThanOrEqualTo(Duration.ofMinutes(1));
    assertThat(account.order(order).status()).isEqualTo(OrderStatus.PROCESSING);
    assertThat(account.orders()).containsExactly(order);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("O7 a certificate of twenty seconds, if the CA takes wishes")
  void shortLived(PebbleVersion version) throws Exception {
    PebbleStage stage = STAGES.get(version);
    Instant end = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(20);
    OrderRequest request = Stage.order("example.com").toBuilder().notAfter(end).build();

    X509Certificate leaf = stage.obtains(stage.account(), request).leaf();

    assertThat(leaf.getNotAfter().toInstant()).isEqualTo(end);
    assertThat(request.identifiers()).containsExactly(Identifier.dns("example.com"));
  }
}

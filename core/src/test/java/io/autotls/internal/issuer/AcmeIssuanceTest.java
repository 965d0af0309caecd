package io.autotls.internal.issuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AcmeIssuer;
import io.autotls.acme.AcmeKeys;
import io.autotls.logging.LoggedLines;
import io.autotls.spi.Issuance;
import io.autotls.spi.Issuance.Reason;
import io.autotls.spi.Issuer.Trust;
import io.autotls.spi.IssuerException;
import io.autotls.spi.IssuerException.Reaction;
import io.autotls.spi.Key;
import io.autotls.spi.OrderLimits;
import io.autotls.spi.Progress;
import io.autotls.spi.RenewalWindow;
import io.autotls.spi.StoredNames;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.JsonRewrite;
import io.autotls.testing.ca.RetryAfter;
import io.autotls.testing.ca.TestCa;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The issuer that the engine sees, against a strict CA. */
class AcmeIssuanceTest {
  private final KeyPair key = AcmeKeys.generate();
  private TestContext context;
  private TestCa ca;
  private AcmeIssuer issuer;

  @BeforeEach
  void start() throws Exception {
    context = new TestContext();
    ca = TestCa.builder().httpPort(context.port()).start();
    issuer = issuer();
    issuer.start(context);
  }

  @AfterEach
  void stop() {
    issuer.close();
    ca.close();
    context.close();
  }

  private AcmeIssuer issuer() {
    return AcmeIssuer.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build();
  }

  @Test
  @DisplayName("the ledger is asked once for each order, right before it")
  void admission() throws Exception {
    issue(issuer, null);

    assertThat(context.admitted).containsExactly("example.com");
    assertThat(ca.orders()).hasSize(1);
    assertThat(context.answers).isEmpty();
  }

  @Test
  @DisplayName("the log says who is asked for what, and by which proof, once for each order")
  void whoIsAsked() throws Exception {
    try (LoggedLines log = new LoggedLines()) {
      issue(issuer, null);

      assertThat(log.with(" asks "))
          .containsExactly("INFO example.com: asks localhost for a certificate, by http-01.");
    }
  }

  @Test
  @DisplayName("an order that the ledger refuses is not made, and its reason goes to the engine")
  void refusedByTheLedger() {
    IssuerException full = new IssuerException(Reaction.WAIT, "full", "nothing", null);
    context.refuses(full);

    assertThatThrownBy(() -> issue(issuer, null)).isSameAs(full);
    assertThat(ca.orders()).isEmpty();
  }

  @Test
  @DisplayName("F5 A15 an order that was lost in a crash is found, and not admitted again")
  void lostOrder() throws Exception {
    Map<String, String> beforeOrder = firstState(issuer);
    issuer.advance(work(beforeOrder).build());

    Progress again = issuer.advance(work(beforeOrder).resumed().build());

    assertThat(((Progress.Continue) again).state()).containsKey("order");
    assertThat(context.admitted).hasSize(1);
    assertThat(ca.orders()).hasSize(1);
  }

  @Test
  @DisplayName("C7 G20 each name whose validation failed is noted, and the reason is told")
  void failedValidation() {
    context.lies();

    assertThatThrownBy(() -> issue(issuer, null))
        .isInstanceOfSatisfying(
            IssuerException.class, e -> assertThat(e.reaction()).isEqualTo(Reaction.RETRY_ATTEMPT))
        .hasMessageContaining("example.com by http-01");
    assertThat(context.failedNames).containsExactly("example.com");
    assertThat(context.answers).isEmpty();
  }

  @Test
  @DisplayName("I10 G24 a renewal tells the CA what it replaces")
  void renewal() throws Exception {
    X509Certificate first = issue(issuer, null);
    issue(issuer, first);

    assertThat(ca.requests(Endpoint.NEW_ORDER).get(1).payload()).contains("\"replaces\":\"");
    assertThat(ca.issued()).hasSize(2);
  }

  @Test
  @DisplayName("I2 I3 I6 the window that the CA suggests, and until when it may be relied on")
  void renewalWindow() throws Exception {
    X509Certificate certificate = issue(issuer, null);
    Instant start = Instant.parse("2026-12-01T00:00:00Z");
    ca.renewalInfo().window(certificate, start, start.plusSeconds(3600));
    ca.renewalInfo().retryAfter(RetryAfter.seconds(Duration.ofDays(40)));

    RenewalWindow window = issuer.renewalWindow(certificate).orElseThrow();

    assertThat(window.start()).isEqualTo(start);
    assertThat(window.end()).isEqualTo(start.plusSeconds(3600));
    assertThat(window.askAgainAfter()).isEqualTo(Duration.ofDays(1));
  }

  @Test
  @DisplayName("I4 I7 FT33 windows and answers that make no sense are failures that pass")
  void senselessWindows() throws Exception {
    X509Certificate certificate = issue(issuer, null);
    Instant start = Instant.parse("2026-12-01T00:00:00Z");
    for (String body :
        List.of(
            window(start, start),
            window(start, start.minusSeconds(60)),
            window(start, start.plus(Duration.ofDays(3650))),
            "{\"suggestedWindow\":{\"start\":\"soon\"}}",
            "{\"suggested",
            "[]",
            "")) {
      ca.heal();
      ca.on(Endpoint.RENEWAL_INFO).answer(200, "application/json", body);

      assertThatThrownBy(() -> issuer.renewalWindow(certificate))
          .as(body)
          .isInstanceOfSatisfying(
              IssuerException.class, e -> assertThat(e.reaction()).isEqualTo(Reaction.RETRY_STEP));
    }
    ca.heal();
    ca.on(Endpoint.RENEWAL_INFO).fail(404, "malformed", "never heard of it");
    assertThatThrownBy(() -> issuer.renewalWindow(certificate)).isInstanceOf(IssuerException.class);
  }

  @Test
  @DisplayName("D2 a CA without renewal information has no opinion")
  void noRenewalInfo() throws Exception {
    X509Certificate certificate = issue(issuer, null);
    ca.close();
    ca = TestCa.builder().withoutRenewalInfo().start();
    try (AcmeIssuer other = issuer()) {
      other.start(context);

      assertThat(other.renewalWindow(certificate)).isEmpty();
    }
  }

  @Test
  @DisplayName("A9 A10 FT27 the account has another key, whatever answer was lost")
  void accountKey() throws Exception {
    issue(issuer, null);
    issuer.changeAccountKey();
    issue(issuer, null);

    ca.on(Endpoint.KEY_CHANGE).dropAfterProcessing();
    assertThatThrownBy(issuer::changeAccountKey).isInstanceOf(IssuerException.class);
    issue(issuer, null);

    ca.on(Endpoint.KEY_CHANGE).dropConnection();
    assertThatThrownBy(issuer::changeAccountKey).isInstanceOf(IssuerException.class);
    issue(issuer, null);

    ca.on(Endpoint.KEY_CHANGE).fail(501, "malformed", "not here");
    assertThatThrownBy(issuer::changeAccountKey).isInstanceOf(IssuerException.class);
    issue(issuer, null);
    assertThat(ca.accounts()).hasSize(1);
    assertThat(ca.issued()).hasSize(5);
  }

  @Test
  @DisplayName("A10 another node goes on with the key that the storage has")
  void accountKeyOnAnotherNode() throws Exception {
    issue(issuer, null);
    try (TestContext second = new TestContext(context.storage());
        AcmeIssuer node = issuer()) {
      node.start(second);
      node.changeAccountKey();
    }

    issue(issuer, null);

    assertThat(ca.accounts()).hasSize(1);
  }

  @Test
  @DisplayName("A13 FT26 B35 an account that the CA has forgotten is registered again, once")
  void forgottenAccount() throws Exception {
    issue(issuer, null);
    ca.forgetAccounts();

    issue(issuer, null);

    assertThat(ca.issued()).hasSize(2);
  }

  @Test
  @DisplayName("A8 FT26 a deactivated account is for a person to see to, who reads what works")
  void deactivatedAccount() throws Exception {
    issue(issuer, null);
    ca.deactivateAccounts();
    int before = ca.requests().size();

    for (int attempt = 0; attempt < 6; attempt++) {
      assertThatThrownBy(() -> issue(issuer, null))
          .isInstanceOfSatisfying(
              IssuerException.class,
              e -> {
                assertThat(e.reaction()).isEqualTo(Reaction.OPERATOR);
                assertThat(e.advice()).contains("autotls.replace-closed-account=true");
              })
          .hasMessageStartingWith("The account is closed: ");
    }
    assertThat(ca.requests().size() - before).isLessThanOrEqualTo(4);
    assertThat(ca.accounts()).hasSize(1);
  }

  @Test
  @DisplayName("A8 a person's word replaces a deactivated account, and the old key is kept")
  void newAccountByWord() throws Exception {
    issue(issuer, null);
    ca.deactivateAccounts();
    assertThatThrownBy(() -> issue(issuer, null)).isInstanceOf(IssuerException.class);

    issuer.registerNewAccount();
    issue(issuer, null);

    assertThat(ca.accounts()).hasSize(2);
    assertThat(ca.issued()).hasSize(2);
    assertThat(storedAccount()).contains("previous account key").contains("Replaced-At: ");
  }

  @Test
  @DisplayName("A8 another node's new account is found without a restart")
  void newAccountOnAnotherNode() throws Exception {
    issue(issuer, null);
    ca.deactivateAccounts();
    assertThatThrownBy(() -> issue(issuer, null)).isInstanceOf(IssuerException.class);
    try (TestContext second = new TestContext(context.storage());
        AcmeIssuer node = issuer()) {
      node.start(second);
      node.registerNewAccount();
    }

    issue(issuer, null);

    assertThat(ca.accounts()).hasSize(2);
  }

  @Test
  @DisplayName("A8 who agreed beforehand gets one new account, and not one after the other")
  void newAccountBySetting() throws Exception {
    try (AcmeIssuer agreed =
        AcmeIssuer.builder(ca.directory())
            .trustedRoots(List.of(ca.httpsRoot()))
            .replaceClosedAccount()
            .build()) {
      agreed.start(context);
      issue(agreed, null);
      ca.deactivateAccounts();
      issue(agreed, null);
      ca.deactivateAccounts();

      assertThatThrownBy(() -> issue(agreed, null))
          .hasMessageStartingWith("The account that replaced a closed one is closed too: ");
      assertThat(ca.accounts()).hasSize(2);
      assertThat(ca.issued()).hasSize(2);
    }
  }

  @Test
  @DisplayName("A8 a CA that shows its closed accounts instead of refusing them is understood")
  void closedAccountThatIsShown() throws Exception {
    issue(issuer, null);
    ca.on(Endpoint.NEW_ORDER).always().fail(403, "unauthorized", "not you");
    ca.on(Endpoint.NEW_ACCOUNT).always().rewriteJson(JsonRewrite.with("status", "revoked"));

    assertThatThrownBy(() -> issue(issuer, null))
        .hasMessageStartingWith("The account is closed: ")
        .hasMessageContaining("the account is revoked");
  }

  private String storedAccount() throws IOException {
    Key account = Key.of(StoredNames.of(context.storage(), "accounts/").get(0));
    return new String(
        context.storage().read(account).orElseThrow().value(), StandardCharsets.UTF_8);
  }

  @Test
  @DisplayName("E5 FT25 a pause is for a person: the page is named, and nothing is repeated")
  void paused() {
    ca.on(Endpoint.NEW_ORDER)
        .fail(
            429,
            "rateLimited",
            "Your account is temporarily prevented from requesting certificates for example.com."
                + " Please visit: https://ca.test/unpause?jwt=abc");

    assertThatThrownBy(() -> issue(issuer, null))
        .isInstanceOfSatisfying(
            IssuerException.class,
            e -> {
              assertThat(e.reaction()).isEqualTo(Reaction.PAUSED);
              assertThat(e.advice()).contains("https://ca.test/unpause?jwt=abc");
            });
    assertThat(ca.requests(Endpoint.NEW_ORDER)).hasSize(1);
  }

  @Test
  @DisplayName("FT5 N5 one 503 at each endpoint costs a moment, and reaches no engine")
  void oneFailureAtEachEndpoint() throws Exception {
    for (Endpoint endpoint : Endpoint.values()) {
      ca.on(endpoint).fail(503, "serverInternal", "busy");
    }

    issue(issuer, null);

    assertThat(ca.issued()).hasSize(1);
  }

  @Test
  @DisplayName("R5 E4 FT6 a limit is handed to the engine with its time")
  void limited() {
    ca.on(Endpoint.NEW_ORDER).fail(429, "rateLimited", "later", "Retry-After", "3600");

    assertThatThrownBy(() -> issue(issuer, null))
        .isInstanceOfSatisfying(
            IssuerException.class,
            e -> {
              assertThat(e.reaction()).isEqualTo(Reaction.WAIT);
              assertThat(e.retryAfter()).contains(Duration.ofHours(1));
            });
  }

  @Test
  @DisplayName("O10 FT23 the refused name is in the advice")
  void refusedName() {
    ca.refuseIdentifier("example.com");

    assertThatThrownBy(() -> issue(issuer, null))
        .isInstanceOfSatisfying(
            IssuerException.class, e -> assertThat(e.reaction()).isEqualTo(Reaction.OPERATOR))
        .hasMessageContaining("example.com");
  }

  @Test
  @DisplayName("PR1 PR3 one profile is required, a list is preferred")
  void profiles() throws Exception {
    ca.close();
    ca =
        TestCa.builder()
            .httpPort(context.port())
            .profiles(Map.of("classic", Duration.ofDays(90)))
            .start();
    try (AcmeIssuer other = issuer()) {
      other.start(context);

      run(other, work(Map.of()).profiles(List.of("short", "classic")));
      assertThat(ca.requests(Endpoint.NEW_ORDER).get(0).payload())
          .contains("\"profile\":\"classic\"");
      run(other, work(Map.of()).profiles(List.of("short", "shorter")));
      assertThat(ca.requests(Endpoint.NEW_ORDER).get(1).payload()).doesNotContain("profile");
      assertThatThrownBy(() -> run(other, work(Map.of()).profiles(List.of("short"))))
          .isInstanceOfSatisfying(
              IssuerException.class, e -> assertThat(e.reaction()).isEqualTo(Reaction.OPERATOR));
    }
  }

  @Test
  @DisplayName(
      "Let's Encrypt's limits are known, its staging is for tests, others are asked nothing")
  void knownCas() {
    assertThat(AcmeIssuer.letsEncrypt().limits().rules()).hasSize(4);
    assertThat(AcmeIssuer.letsEncrypt().trust()).isEqualTo(Trust.PUBLIC);
    assertThat(AcmeIssuer.letsEncryptStaging().trust()).isEqualTo(Trust.TEST);
    assertThat(AcmeIssuer.of(URI.create("https://acme-v02.api.letsencrypt.org/directory")).limits())
        .isEqualTo(AcmeIssuer.letsEncrypt().limits());
    assertThat(issuer.limits()).isEqualTo(OrderLimits.none());
    assertThat(issuer.account()).matches("[a-z0-9._-]+");
    for (KnownCa known : KnownCa.values()) {
      assertThat(KnownCa.ofConfigName(known.configName())).contains(known);
      assertThat(known.configName()).matches("[a-z0-9-]+");
    }
  }

  @Test
  @DisplayName("A11 a CA that needs an external account says so before anything is asked")
  void externalAccountNeeded() {
    assertThatThrownBy(() -> AcmeIssuer.builder("sslcom").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("SSL.com")
        .hasMessageContaining("autotls.eab.kid");
  }

  private static String window(Instant start, Instant end) {
    return "{\"suggestedWindow\":{\"start\":\"" + start + "\",\"end\":\"" + end + "\"}}";
  }

  private Issuance.Builder work(Map<String, String> state) {
    return Issuance.builder("spec", List.of("example.com"), key).state(state);
  }

  private Map<String, String> firstState(AcmeIssuer issuer) throws Exception {
    return ((Progress.Continue) issuer.advance(work(Map.of()).build())).state();
  }

  private X509Certificate issue(AcmeIssuer issuer, @Nullable X509Certificate predecessor)
      throws Exception {
    Issuance.Builder work = work(Map.of());
    return run(issuer, predecessor == null ? work : work.replaces(predecessor, Reason.RENEWAL));
  }

  /** Takes steps as the engine does. */
  private static X509Certificate run(AcmeIssuer issuer, Issuance.Builder work) throws Exception {
    for (int steps = 0; steps < 100; steps++) {
      Progress progress = issuer.advance(work.build());
      if (progress instanceof Progress.Issued issued) {
        return issued.chain().get(0);
      }
      Progress.Continue next = (Progress.Continue) progress;
      new CountDownLatch(1).await(next.delay().toMillis(), TimeUnit.MILLISECONDS);
      work.state(next.state());
    }
    throw new AssertionError("not issued after 100 steps");
  }
}

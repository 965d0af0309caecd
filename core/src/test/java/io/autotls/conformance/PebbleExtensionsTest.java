package io.autotls.conformance;

import static io.autotls.testing.pebble.PebbleVersion.V2_10;
import static io.autotls.testing.pebble.PebbleVersion.V2_4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeClient;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.AcmeProblem;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.AcmeRevocationReason;
import io.autotls.acme.AcmeServerException;
import io.autotls.acme.AcmeUnsupportedException;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.DnsChallenges;
import io.autotls.acme.Identifier;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.ProblemType;
import io.autotls.acme.RenewalInfo;
import io.autotls.acme.Waiter;
import io.autotls.testing.pebble.Pebble;
import io.autotls.testing.pebble.RequiresPebble;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only the newer Pebble has: renewal information, profiles, Retry-After, subproblems. */
@Timeout(180)
@RequiresPebble({V2_10, V2_4})
class PebbleExtensionsTest {
  private static PebbleStage stage;

  @BeforeAll
  static void start() {
    stage =
        new PebbleStage(
            Pebble.builder()
                .externalAccount(PebbleStage.EAB_KID, PebbleStage.EAB_KEY)
                .profile("classic", Duration.ofDays(90))
                .profile("short", Duration.ofDays(6))
                .domainBlocklist("blocked.example.com")
                .authzReusePercent(100)
                .nonceRejectPercent(90));
  }

  @AfterAll
  static void stop() {
    stage.close();
  }

  @Test
  @DisplayName("FT1 N4 O3 FT16 nine nonces in ten refused, authorizations used again")
  void reuse() throws Exception {
    AcmeAccount account = stage.account();
    stage.obtains(account, Stage.order("reuse.example.com"));
    int before = stage.web.presented().size();

    stage.obtains(account, Stage.order("reuse.example.com"));

    assertThat(stage.web.presented()).hasSize(before);
  }

  @Test
  @DisplayName("O10 FT23 of three names the one that is blocked is named")
  void blockedName() throws Exception {
    AcmeAccount account = stage.account();

    AcmeProblemException e =
        catchThrowableOfType(
            AcmeProblemException.class,
            () ->
                account.newOrder(
                    Stage.order("a.example.com", "blocked.example.com", "b.example.com")));

    assertThat(e.type()).isEqualTo(ProblemType.REJECTED_IDENTIFIER);
    assertThat(e.problem().orElseThrow().subproblems())
        .extracting(AcmeProblem::identifier)
        .anySatisfy(name -> assertThat(name).contains(Identifier.dns("blocked.example.com")));
    assertThat(e).hasMessageContaining("blocked.example.com");
  }

  @Test
  @DisplayName("PR1 PR3 a required profile, a preferred one, and one that is not there")
  void profiles() throws Exception {
    AcmeAccount account = stage.account();
    OrderRequest order = Stage.order("profile.example.com");

    X509Certificate required =
        stage.obtains(account, order.toBuilder().profile("short").build()).leaf();
    X509Certificate preferred =
        stage
            .obtains(account, order.toBuilder().preferProfiles(List.of("gone", "classic")).build())
            .leaf();

    assertThat(days(required)).isEqualTo(6);
    assertThat(days(preferred)).isEqualTo(90);
    assertThatThrownBy(() -> account.newOrder(order.toBuilder().profile("gone").build()))
        .isInstanceOf(AcmeUnsupportedException.class)
        .hasMessageContaining("short");
  }

  private static long days(X509Certificate certificate) {
    Instant begin = certificate.getNotBefore().toInstant();
    return Duration.between(begin, certificate.getNotAfter().toInstant().plusSeconds(60)).toDays();
  }

  @Test
  @DisplayName("I2 I3 I6 I12 the window of a certificate, and of one that is revoked")
  void renewalWindow() throws Exception {
    AcmeAccount account = stage.account();
    X509Certificate leaf = stage.obtains(account, Stage.order("ari.example.com")).leaf();

    RenewalInfo before = stage.client.renewalInfo(leaf).orElseThrow();
    account.revoke(leaf, AcmeRevocationReason.SUPERSEDED);
    RenewalInfo after = stage.client.renewalInfo(leaf).orElseThrow();

    assertThat(before.start()).isAfter(Instant.now());
    assertThat(before.retryAfter()).isPresent();
    assertThat(after.end()).isBefore(Instant.now());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1999-01-01T00:00:00Z/1999-01-02T00:00:00Z",
        "2100-01-01T00:00:00Z/2100-01-02T00:00:00.5+02:00"
      })
  @DisplayName("I3 I12 FT34 a window that the CA moves, to the past or the far future")
  void movedWindow(String window) throws Exception {
    X509Certificate leaf = stage.obtains(stage.account(), Stage.order("ari.example.com")).leaf();
    String[] dates = window.split("/");

    stage.pebble.setRenewalInfo(leaf, suggested(dates[0], dates[1]));

    RenewalInfo info = stage.client.renewalInfo(leaf).orElseThrow();
    assertThat(info.start()).isEqualTo(Instant.parse(dates[0]));
    assertThat(info.end()).isAfter(info.start());
    assertThat(info.explanation()).contains(URI.create("https://ca.test/why"));
  }

  @Test
  @DisplayName("I4 I7 FT33 windows that make no sense are no windows")
  void absurdWindow() throws Exception {
    X509Certificate leaf = stage.obtains(stage.account(), Stage.order("ari.example.com")).leaf();

    for (String answer :
        List.of(
            suggested("2100-01-02T00:00:00Z", "2100-01-01T00:00:00Z"),
            suggested("2100-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
            "{\"suggestedWindow\":{\"start\":\"soon\",\"end\":\"later\"}}",
            "{\"suggestedWindow\":null}",
            "{\"suggestedWin")) {
      stage.pebble.setRenewalInfo(leaf, answer);

      assertThatThrownBy(() -> stage.client.renewalInfo(leaf))
          .as(answer)
          .isInstanceOf(AcmeServerException.class);
    }
  }

  private static String suggested(String start, String end) {
    return "{\"suggestedWindow\":{\"start\":\""
        + start
        + "\",\"end\":\""
        + end
        + "\"},\"explanationURL\":\"https://ca.test/why\"}";
  }

  @Test
  @DisplayName("I10 I11 FT35 PD21 a certificate is replaced once, and ordered all the same")
  void replaced() throws Exception {
    AcmeAccount account = stage.account();
    OrderRequest order = Stage.order("ari.example.com");
    X509Certificate leaf = stage.obtains(account, order).leaf();
    OrderRequest replacing =
        order.toBuilder().replaces(RenewalInfo.certificateId(leaf).orElseThrow()).build();
    stage.obtains(account, replacing);

    stage.obtains(account, replacing);

    assertThat(account.orders()).hasSize(3);
    assertThatThrownBy(() -> account.newOrder(replacing))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            e -> assertThat(e.type()).isEqualTo(ProblemType.ALREADY_REPLACED));
  }

  @Test
  @DisplayName("R1 PD18 nobody comes before Retry-After, in seconds or as a date")
  void retryAfter() throws Exception {
    List<Duration> waits = new ArrayList<>();
    try (AcmeClient patient =
        stage
            .client()
            .waiter(
                duration -> {
                  waits.add(duration);
                  Waiter.system().await(duration);
                })
            .build()) {
      AcmeAccount account = patient.register(AcmeKeys.generate(), PebbleStage.bound());

      Stage.issued(
          OrderDriver.of(account)
              .obtain(stage.wish(AcmeKeys.generate(), Stage.order("slow.example.com"))));
    }

    assertThat(waits).isNotEmpty().anyMatch(wait -> wait.toMillis() >= 1000);
  }

  @Test
  @DisplayName("DA1 DA3 dns-account-01: a record of the account's own")
  void dnsAccount() throws Exception {
    AcmeAccount account = stage.account();
    DnsAnswers answers =
        new DnsAnswers(
            stage.pebble.dns(),
            "dns-account-01",
            proof -> DnsChallenges.dnsAccount01Name(account.url(), proof.identifier()),
            proof -> DnsChallenges.value(proof.keyAuthorization()));

    stage.obtains(account, provedBy(answers, "account.example.com"));
  }

  @Test
  @DisplayName("DP1 DP2 DP3 DP5 C2 dns-persist-01: a lasting record, for a wildcard too")
  void dnsPersist() throws Exception {
    AcmeAccount account = stage.account();
    DnsAnswers answers =
        new DnsAnswers(
            stage.pebble.dns(),
            "dns-persist-01",
            proof -> DnsChallenges.dnsPersist01Name(proof.identifier()),
            proof ->
                DnsChallenges.dnsPersist01Value(
                    proof.challenge().orElseThrow().issuerDomainNames().get(0),
                    account.url(),
                    DnsChallenges.Scope.WILDCARD,
                    null));

    stage.obtains(account, provedBy(answers, "persist.example.com", "*.persist.example.com"));
  }

  private static CertificateWish provedBy(DnsAnswers answers, String... names) {
    return CertificateWish.builder(Stage.order(names), AcmeKeys.generate(), answers).build();
  }

  @Test
  @DisplayName("A13 FT26 a Pebble that was started anew knows no account, and one is registered")
  void restarted() throws Exception {
    KeyPair key = AcmeKeys.generate();
    String path = stage.client.register(key, PebbleStage.bound()).url().getPath();
    try (PebbleStage anew = new PebbleStage(Pebble.builder())) {
      AcmeAccount stale = anew.client.account(key, anew.pebble.directory().resolve(path));
      assertThatThrownBy(() -> stale.newOrder(Stage.order("example.com")))
          .isInstanceOfSatisfying(
              AcmeProblemException.class,
              e -> assertThat(e.type()).isEqualTo(ProblemType.ACCOUNT_DOES_NOT_EXIST));
      assertThat(anew.client.findAccount(key)).isEmpty();

      AcmeAccount fresh = anew.client.register(key, PebbleStage.agreed());

      anew.obtains(fresh, Stage.order("example.com"));
    }
  }

  @Test
  @DisplayName("I10 PR1 D2 a Pebble of 2022 has neither renewal information nor profiles")
  void oldPebble() throws Exception {
    try (PebbleStage old =
        new PebbleStage(
            Pebble.builder().version(V2_4).authzReusePercent(100).nonceRejectPercent(90))) {
      AcmeAccount account = old.client.register(AcmeKeys.generate(), PebbleStage.agreed());
      X509Certificate leaf = old.obtains(account, Stage.order("example.com")).leaf();
      OrderRequest wishes =
          Stage.order("example.com").toBuilder()
              .preferProfiles(List.of("short"))
              .replaces(RenewalInfo.certificateId(leaf).orElseThrow())
              .build();

      old.obtains(account, wishes);

      assertThat(old.client.renewalInfo(leaf)).isEmpty();
      assertThat(old.web.presented()).hasSize(1);
    }
  }
}

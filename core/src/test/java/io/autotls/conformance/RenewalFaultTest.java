package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static io.autotls.testing.ca.Endpoint.RENEWAL_INFO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.acme.AcmeAccount;
import io.autotls.acme.AcmeException;
import io.autotls.acme.AcmeKeys;
import io.autotls.acme.AcmeProblemException;
import io.autotls.acme.AcmeUnsupportedException;
import io.autotls.acme.OrderDriver;
import io.autotls.acme.OrderRequest;
import io.autotls.acme.ProblemType;
import io.autotls.acme.RenewalInfo;
import io.autotls.testing.ca.ProblemDocument;
import io.autotls.testing.ca.RenewalScript;
import io.autotls.testing.ca.RetryAfter;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Renewal information, replaced certificates and profiles, as CAs get them wrong. */
@Timeout(180)
class RenewalFaultTest {
  private static OrderRequest replacing(X509Certificate certificate) {
    return Stage.order("example.com").toBuilder()
        .replaces(RenewalInfo.certificateId(certificate).orElseThrow())
        .build();
  }

  enum NoWindow {
    UNKNOWN(RenewalScript::unknown),
    REVERSED(RenewalScript::reversed),
    NULL((script, leaf) -> script.body(leaf, "{\"suggestedWindow\":null}")),
    EMPTY((script, leaf) -> script.body(leaf, "{}")),
    TEXT((script, leaf) -> script.body(leaf, "{\"suggestedWindow\":\"now\"}")),
    CUT((script, leaf) -> script.body(leaf, "{\"suggestedWindow\":{\"start\":\"2026"));

    private final BiConsumer<RenewalScript, X509Certificate> script;

    NoWindow(BiConsumer<RenewalScript, X509Certificate> script) {
      this.script = script;
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "FT33 I4 I8 I9 PD22 what is no window is an ordinary failure, and the next one is right")
  void noWindow(NoWindow what) throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate leaf = stage.obtains("example.com").leaf();
      what.script.accept(stage.ca.renewalInfo(), leaf);

      assertThatThrownBy(() -> stage.client.renewalInfo(leaf)).isInstanceOf(AcmeException.class);

      stage.ca.renewalInfo().standard(leaf);
      assertThat(stage.client.renewalInfo(leaf)).isPresent();
    }
  }

  @Test
  @DisplayName("FT33 I7 a CA that fails is asked a few times, with pauses that grow, and no more")
  void failing() throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate leaf = stage.obtains("example.com").leaf();
      int before = stage.time.waits().size();
      stage.ca.on(RENEWAL_INFO).always().fail(500, "serverInternal", "oops");

      assertThatThrownBy(() -> stage.client.renewalInfo(leaf)).isInstanceOf(AcmeException.class);

      assertThat(stage.requests(RENEWAL_INFO)).isBetween(2, 10);
      assertThat(stage.time.waits().size() - before).isEqualTo(stage.requests(RENEWAL_INFO) - 1);
    }
  }

  @Test
  @DisplayName("FT33 I3 I4 a window that has passed is read as it is, one of ten years is none")
  void oddWindows() throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate leaf = stage.obtains("example.com").leaf();
      stage.ca.renewalInfo().past(leaf);
      assertThat(stage.client.renewalInfo(leaf).orElseThrow().end()).isBefore(stage.time.instant());

      stage
          .ca
          .renewalInfo()
          .window(leaf, VirtualTime.START, VirtualTime.START.plus(Duration.ofDays(3650)));

      assertThatThrownBy(() -> stage.client.renewalInfo(leaf))
          .hasMessageContaining("longer than the life");
    }
  }

  @ParameterizedTest
  @CsvSource({"0,PT1M", "30,PT1M", "7200,PT2H", "999999999,PT24H"})
  @DisplayName("FT33 I6 R2 Retry-After is between a minute and a day")
  void whenToAskAgain(String header, Duration expected) throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate leaf = stage.obtains("example.com").leaf();
      stage.ca.renewalInfo().retryAfter(RetryAfter.text(header));

      assertThat(stage.client.renewalInfo(leaf).orElseThrow().retryAfter()).contains(expected);
    }
  }

  @Test
  @DisplayName("FT33 I7 without Retry-After nothing is made up")
  void noRetryAfter() throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate leaf = stage.obtains("example.com").leaf();
      stage.ca.renewalInfo().retryAfter(RetryAfter.none());

      assertThat(stage.client.renewalInfo(leaf).orElseThrow().retryAfter()).isEmpty();
    }
  }

  @Test
  @DisplayName("FT34 I12 a window that moves is that of one certificate, not of the next")
  void movedWindow() throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate old = stage.obtains("example.com").leaf();
      stage.ca.renewalInfo().past(old);

      X509Certificate next = stage.obtains(stage.wish(replacing(old))).leaf();

      assertThat(stage.client.renewalInfo(old).orElseThrow().end()).isBefore(stage.time.instant());
      assertThat(stage.client.renewalInfo(next).orElseThrow().start())
          .isAfter(stage.time.instant());
      assertThat(stage.ca.orders().get(1).replaces()).isEqualTo(RenewalInfo.certificateId(old));
    }
  }

  @Test
  @DisplayName("FT13 D6 renewal information on another host")
  void elsewhere() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.renewalInfoElsewhere())) {
      X509Certificate leaf = stage.obtains("example.com").leaf();

      assertThat(stage.client.renewalInfo(leaf)).isPresent();
    }
  }

  enum Refusal {
    ALREADY_REPLACED(409, "alreadyReplaced"),
    OTHER_CA(404, "malformed"),
    OTHER_ACCOUNT(403, "unauthorized"),
    NO_COMMON_NAME(400, "malformed"),
    NOT_UNDERSTOOD(400, "serverInternal"),
    NO_ACME_AT_ALL(422, "tooManyMembers");

    private final ProblemDocument problem;

    Refusal(int status, String type) {
      this.problem = ProblemDocument.of(status, type, "not with replaces");
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "FT35 I10 I11 PD21 refused because of replaces, in each known way: once more without")
  void replacesRefused(Refusal refusal) throws Exception {
    try (Stage stage = Stage.open()) {
      AcmeAccount account = stage.account();
      X509Certificate old = stage.obtains("example.com").leaf();
      stage.ca.renewalInfo().refuseReplaces(refusal.problem);

      Stage.issued(OrderDriver.of(account).obtain(stage.wish(replacing(old))));

      assertThat(stage.ca.issued()).hasSize(2);
      assertThat(stage.requests(NEW_ORDER)).isBetween(3, 7); // a fault of the CA is tried again
      assertThat(stage.ca.orders().get(1).replaces()).isEmpty();
    }
  }

  @Test
  @DisplayName("FT35 I10 a real second replacement, and a certificate of another account")
  void reallyReplaced() throws Exception {
    try (Stage stage = Stage.open()) {
      X509Certificate old = stage.obtains("example.com").leaf();
      stage.obtains(stage.wish(replacing(old)));
      stage.obtains(stage.wish(replacing(old)));
      AcmeAccount other = stage.client.register(AcmeKeys.generate(), Stage.AGREED);

      Stage.issued(OrderDriver.of(other).obtain(stage.wish(replacing(old))));

      assertThat(stage.ca.issued()).hasSize(4);
      assertThat(stage.ca.orders())
          .extracting(order -> order.replaces().isPresent())
          .containsExactly(false, true, false, false);
    }
  }

  @Test
  @DisplayName("I10 replaces is not sent to a CA without renewal information")
  void notUnderstood() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.withoutRenewalInfo())) {
      X509Certificate old = stage.obtains("example.com").leaf();

      stage.obtains(stage.wish(replacing(old)));

      assertThat(stage.client.renewalInfo(old)).isEmpty();
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(2);
      assertThat(stage.ca.requests(NEW_ORDER)).noneMatch(r -> r.payload().contains("replaces"));
    }
  }

  private static Stage withProfiles() {
    return Stage.withCa(
        ca -> ca.profiles(Map.of("classic", Duration.ofDays(90), "short", Duration.ofDays(6))));
  }

  @Test
  @DisplayName("PR1 PR3 a required profile that is not offered is not asked for")
  void requiredProfile() throws Exception {
    try (Stage stage = withProfiles()) {
      OrderRequest required = Stage.order("example.com").toBuilder().profile("gone").build();

      assertThatThrownBy(() -> stage.obtains(stage.wish(required)))
          .isInstanceOf(AcmeUnsupportedException.class);
      assertThat(stage.requests(NEW_ORDER)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"400,invalidProfile", "403,unauthorized", "400,malformed"})
  @DisplayName("PR2 PR3 PR4 a preferred profile that is refused gives way to the next one")
  void preferredProfileRefused(int status, String type) throws Exception {
    try (Stage stage = withProfiles()) {
      stage.account();
      stage
          .ca
          .on(NEW_ORDER)
          .when(request -> request.payload().contains("\"short\""))
          .always()
          .fail(status, type, "not for this account");

      stage.obtains(stage.wish(preferring("short", "classic")));

      assertThat(stage.ca.orders().get(0).profile()).contains("classic");
      stage.nothingIsDoubled();
    }
  }

  private static OrderRequest preferring(String... profiles) {
    return Stage.order("example.com").toBuilder().preferProfiles(List.of(profiles)).build();
  }

  @Test
  @DisplayName("PR2 PR4 a required profile that is refused is an error, with the CA's words")
  void requiredProfileRefused() throws Exception {
    try (Stage stage = withProfiles()) {
      stage.ca.on(NEW_ORDER).always().fail(400, "invalidProfile", "too many names for short");
      OrderRequest required = Stage.order("example.com").toBuilder().profile("short").build();

      assertThatThrownBy(() -> stage.obtains(stage.wish(required)))
          .isInstanceOfSatisfying(
              AcmeProblemException.class,
              e -> assertThat(e.type()).isEqualTo(ProblemType.INVALID_PROFILE))
          .hasMessageContaining("too many names");
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("PR3 without any of the preferred profiles the CA chooses")
  void noPreferredProfile() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.obtains(stage.wish(preferring("short", "classic")));

      assertThat(stage.ca.requests(NEW_ORDER)).noneMatch(r -> r.payload().contains("profile"));
    }
  }

  @Test
  @DisplayName("PR5 O6 a certificate of six days without common name is as good as others")
  void shortLived() throws Exception {
    try (Stage stage = withProfiles()) {
      X509Certificate leaf = stage.obtains(stage.wish(preferring("short"))).leaf();

      assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
      assertThat(leaf.getNotAfter().toInstant())
          .isBefore(stage.time.instant().plus(Duration.ofDays(7)));
    }
  }
}

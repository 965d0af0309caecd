package io.autotls.conformance;

import static io.autotls.testing.ca.Endpoint.CERTIFICATE;
import static io.autotls.testing.ca.Endpoint.NEW_ORDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.autotls.acme.AcmeCertificateException;
import io.autotls.acme.AcmeCertificateException.Fault;
import io.autotls.acme.CertificateChain;
import io.autotls.acme.CertificateWish;
import io.autotls.acme.FlowStep;
import io.autotls.acme.OrderDriver;
import io.autotls.testing.ca.ChainScript;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is downloaded is not what was ordered. */
@Timeout(180)
class CertificateFaultTest {
  enum Refused {
    REVERSED(ChainScript::reversed, Fault.WRONG_KEY),
    STRANGER(ChainScript::withStranger, Fault.BROKEN_CHAIN),
    OTHER_KEY(ChainScript::issueForOtherKey, Fault.WRONG_KEY),
    MISSING_NAME(chains -> chains.issueWithoutName("www.example.com"), Fault.MISSING_NAME),
    EXPIRED(ChainScript::issueExpired, Fault.EXPIRED);

    private final Consumer<ChainScript> script;
    private final Fault fault;

    Refused(Consumer<ChainScript> script, Fault fault) {
      this.script = script;
      this.fault = fault;
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("FT29 FT30 F7 F8 a certificate that must not be used is not, and not ordered again")
  void refused(Refused what) throws Exception {
    try (Stage stage = Stage.open()) {
      what.script.accept(stage.ca.chains());

      AcmeCertificateException e =
          catchThrowableOfType(
              AcmeCertificateException.class,
              () -> stage.obtains("example.com", "www.example.com"));

      assertThat(e.fault()).isEqualTo(what.fault);
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
    }
  }

  enum Accepted {
    ROOT(ChainScript::withRoot),
    CRLF(ChainScript::withCrLf),
    LEAF_ONLY(ChainScript::leafOnly),
    EXTRA_NAME(chains -> chains.issueWithExtraName("extra.example.com")),
    AHEAD(chains -> chains.issueAhead(Duration.ofMinutes(10)));

    private final Consumer<ChainScript> script;

    Accepted(Consumer<ChainScript> script) {
      this.script = script;
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("FT29 FT30 F7 F8 with root, with CRLF, with one more name, ten minutes ahead: fine")
  void accepted(Accepted what) throws Exception {
    try (Stage stage = Stage.open()) {
      what.script.accept(stage.ca.chains());

      CertificateChain chain = stage.obtains("example.com");

      assertThat(chain.leaf()).isEqualTo(stage.ca.issued().get(0));
      assertThat(chain.certificates()).doesNotContain(stage.ca.root());
      stage.nothingIsDoubled();
    }
  }

  @Test
  @DisplayName("FT28 F7 a private key behind the certificates: nothing of it is used or shown")
  void privateKey() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.chains().withPrivateKey();

      FlowStep outcome = OrderDriver.of(stage.account()).obtain(stage.wish("example.com"));

      assertThat(Stage.parked(outcome).reason()).contains("something else than certificates");
      assertThat(stage.requests(NEW_ORDER)).isEqualTo(1);
      stage.ca.chains().intact();
      Stage.issued(
          OrderDriver.of(stage.account())
              .resume(stage.wish("example.com"), stage.ca.orders().get(0).url()));
    }
  }

  @Test
  @DisplayName("FT9 F7 a download that is cut in the middle of a certificate is repeated")
  void cutOff() throws Exception {
    try (Stage stage = Stage.open()) {
      stage.ca.on(CERTIFICATE).cutBody(500);

      stage.obtains("example.com");

      stage.nothingIsDoubled();
      assertThat(stage.requests(CERTIFICATE)).isEqualTo(2);
    }
  }

  @Test
  @DisplayName("F9 the chain to another root is chosen by the name of its issuer")
  void alternate() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.alternateRoots(3))) {
      String wanted = stage.ca.roots().get(2).getSubjectX500Principal().getName();

      CertificateChain chain = stage.obtains(preferring(stage, wanted));

      assertThat(chain.topIssuer()).isEqualTo(wanted);
    }
  }

  @Test
  @DisplayName("FT31 F9 alternate chains that cannot be had cost nothing: the default is used")
  void alternateGone() throws Exception {
    try (Stage stage = Stage.withCa(ca -> ca.alternateRoots(2))) {
      String wanted = stage.ca.roots().get(1).getSubjectX500Principal().getName();
      stage.ca.chains().refuseAlternates();

      CertificateChain chain = stage.obtains(preferring(stage, wanted));

      assertThat(chain.topIssuer()).isEqualTo(stage.ca.root().getSubjectX500Principal().getName());
      stage.nothingIsDoubled();
    }
  }

  private static CertificateWish preferring(Stage stage, String issuer) {
    return CertificateWish.builder(Stage.order("example.com"), stage.certificateKey, stage.web)
        .preferredChain(issuer.replaceFirst(".*CN=([^,]+).*", "$1"))
        .build();
  }

  @Test
  @DisplayName("FT15 T1 the CA's own certificate has expired, is for another host, is not trusted")
  void certificateOfTheCa() throws Exception {
    try (Stage stage = Stage.open()) {
      for (Runnable fault :
          List.<Runnable>of(
              stage.ca.https()::expired,
              stage.ca.https()::wrongHost,
              stage.ca.https()::untrusted)) {
        fault.run();
        int before = stage.time.waits().size();

        assertThatThrownBy(() -> stage.obtains("example.com")).hasMessageContaining("not trusted");

        assertThat(stage.time.waits()).hasSize(before); // trying again would not help
      }
      assertThat(stage.ca.requests()).isEmpty();
      stage.ca.https().intact();

      stage.obtains("example.com");
    }
  }
}

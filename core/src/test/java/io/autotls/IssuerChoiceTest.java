package io.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.spi.Issuer;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class IssuerChoiceTest {
  private static final CertificateSpec INTERNAL = CertificateSpec.of("localhost", "127.0.0.1");
  private static final CertificateSpec PUBLIC = CertificateSpec.of("example.com");
  private static final CertificateSpec MIXED = CertificateSpec.of("example.com", "localhost");

  private final Issuer letsEncrypt = AcmeIssuer.letsEncrypt();
  private final Issuer staging =
      AcmeIssuer.of(URI.create("https://acme-staging-v02.api.letsencrypt.org/directory"));
  private final Issuer company = AcmeIssuer.of(URI.create("https://ca.internal/directory"));
  private final Issuer local = LocalIssuer.create();

  @Test
  void internalNamesGoToALocalCaThatNobodyHadToConfigure() {
    IssuerChoice choice = new IssuerChoice(List.of(letsEncrypt, staging));

    assertThat(choice.of(INTERNAL)).singleElement().isInstanceOf(LocalIssuer.class);
    assertThat(choice.of(PUBLIC)).containsExactly(letsEncrypt, staging);
    assertThat(choice.all()).hasSize(3).containsAll(choice.of(INTERNAL));
  }

  @Test
  void anotherCaThanTheKnownOnesMaySignInternalNames() {
    IssuerChoice choice = new IssuerChoice(List.of(letsEncrypt, company));

    assertThat(choice.of(INTERNAL)).containsExactly(company);
    assertThat(choice.of(MIXED)).containsExactly(company);
    assertThat(choice.of(PUBLIC)).containsExactly(letsEncrypt, company);
  }

  @Test
  void theConfiguredLocalCaIsTheOneThatIsUsed() {
    IssuerChoice choice = new IssuerChoice(List.of(letsEncrypt, local, company));

    assertThat(choice.of(INTERNAL)).containsExactly(local, company);
    assertThat(choice.of(PUBLIC)).containsExactly(letsEncrypt, company);
    assertThat(choice.all()).containsExactly(letsEncrypt, local, company);
  }

  @Test
  void internalAndPublicNamesInOneCertificateAreRefusedWithTheWayToSplitThem() {
    IssuerChoice choice = new IssuerChoice(List.of(letsEncrypt));

    assertThatThrownBy(() -> choice.of(MIXED))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("localhost beside example.com")
        .hasMessageContaining("autotls.domains=example.com;localhost");
  }

  @Test
  void publicNamesAreRefusedIfThereIsALocalCaOnly() {
    IssuerChoice choice = new IssuerChoice(List.of(local));

    assertThatThrownBy(() -> choice.of(PUBLIC))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("example.com is not")
        .hasMessageContaining(".test");
  }

  @Test
  void whoSignsWithoutProofNeedsNoSolver() {
    IssuerChoice choice = new IssuerChoice(List.of(letsEncrypt));

    assertThat(choice.needsProof(INTERNAL)).isFalse();
    assertThat(choice.needsProof(PUBLIC)).isTrue();
    assertThat(new IssuerChoice(List.of(company)).needsProof(INTERNAL)).isTrue();
  }
}

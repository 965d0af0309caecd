package io.autotls.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AcmeIssuer;
import io.autotls.AutoTls;
import io.autotls.AutoTlsEvent;
import io.autotls.CertificateStatus.Serving;
import io.autotls.ConfigurationException;
import io.autotls.storage.FileStorage;
import io.autotls.storage.MemoryStorage;
import io.autotls.testing.ReadySolver;
import io.autotls.testing.VirtualTime;
import io.autotls.testing.ca.Endpoint;
import io.autotls.testing.ca.TestCa;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What cannot work is refused at once; what may mend itself is reported while the application
 * serves.
 */
class MisconfigurationTest {
  private static final String NAME = "shop.example";

  @TempDir private Path folder;

  private final VirtualTime time = VirtualTime.startingAt(Instant.now());
  private final Queue<AutoTlsEvent> events = new ArrayDeque<>();

  private AutoTls.Builder builder() {
    return AutoTls.builder()
        .storage(MemoryStorage.create())
        .solver(new ReadySolver())
        .time(time)
        .executor(time)
        .listener(events::add);
  }

  private AutoTls enable(TestCa ca) {
    return builder()
        .domains(NAME)
        .agreeToTermsOfService()
        .issuer(AcmeIssuer.builder(ca.directory()).trustedRoots(List.of(ca.httpsRoot())).build())
        .enable();
  }

  private String problem() {
    time.advance(Duration.ofMinutes(2));
    AutoTlsEvent event = events.poll();
    assertThat(event).isInstanceOf(AutoTlsEvent.Failed.class);
    return ((AutoTlsEvent.Failed) event).problem().toString();
  }

  @Test
  void noDomainsIsRefusedWithWhatToSet() {
    assertThatThrownBy(() -> builder().agreeToTermsOfService().enable())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.domains=example.com");
  }

  @Test
  @Tag("A4")
  @Tag("G5")
  void termsThatNobodyAgreedToAreRefusedWithWhatToSet() {
    assertThatThrownBy(() -> builder().domains(NAME).enable())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("Let's Encrypt")
        .hasMessageContaining("autotls.agree-tos=true");
  }

  @Test
  void aWildcardWithoutASolverForItIsRefused() {
    assertThatThrownBy(
            () ->
                AutoTls.builder()
                    .domains("*.shop.example")
                    .agreeToTermsOfService()
                    .storage(MemoryStorage.create())
                    .enable())
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void anUnknownCaIsRefusedWithTheKnownOnes() throws Exception {
    Path file = Files.writeString(folder.resolve("a.properties"), "autotls.ca=letsencrpt\n");

    assertThatThrownBy(() -> builder().configuration(file).domains(NAME).enable())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("letsencrypt-staging");
  }

  @Test
  void aCaThatIsNotReachedIsReportedAndTheApplicationServes() throws Exception {
    AutoTls tls =
        builder()
            .domains(NAME)
            .agreeToTermsOfService()
            .issuer(AcmeIssuer.of(URI.create("https://127.0.0.1:1/directory")))
            .enable();

    assertThat(problem())
        .contains("127.0.0.1")
        .contains("visitors get a self-signed placeholder; next attempt at 20")
        .contains("To do: check the URL https://127.0.0.1:1/directory");
    assertThat(tls.status(NAME).orElseThrow().serving()).isEqualTo(Serving.PLACEHOLDER);
    assertThat(tls.keyring().find(NAME)).isNotNull();
    tls.close();
  }

  @Test
  void aCaThatIsNotTrustedIsReportedWithWhatToSet() throws Exception {
    try (TestCa ca = TestCa.start();
        AutoTls tls =
            builder()
                .domains(NAME)
                .agreeToTermsOfService()
                .issuer(AcmeIssuer.of(ca.directory()))
                .enable()) {
      assertThat(problem()).contains("autotls.ca.trust");
      assertThat(tls.ready()).isNotDone();
    }
  }

  @Test
  void nonsenseFromTheCaIsReported() throws Exception {
    try (TestCa ca = TestCa.start()) {
      ca.on(Endpoint.DIRECTORY).always().answer(200, "text/html", "<html>It works!</html>");
      try (AutoTls tls = enable(ca)) {
        assertThat(problem())
            .contains(ca.directory() + " is not the directory of an ACME CA")
            .contains("next attempt at 20")
            .contains("To do: set autotls.ca to the name of a CA, or to the URL of its directory");
        assertThat(tls.ready()).isNotDone();
      }
    }
  }

  @Test
  void aUrlBesideTheDirectoryIsReported() throws Exception {
    try (TestCa ca = TestCa.start();
        AutoTls tls =
            builder()
                .domains(NAME)
                .agreeToTermsOfService()
                .issuer(
                    AcmeIssuer.builder(ca.directory().resolve("/"))
                        .trustedRoots(List.of(ca.httpsRoot()))
                        .build())
                .enable()) {
      assertThat(problem())
          .contains("is not the directory of an ACME CA")
          .contains("often it ends with /directory");
      assertThat(tls.ready()).isNotDone();
    }
  }

  @Test
  @Tag("E2")
  void aNameThatTheCaRefusesIsReportedInTheWordsOfTheCa() throws Exception {
    try (TestCa ca = TestCa.start()) {
      ca.refuseIdentifier(NAME);
      try (AutoTls tls = enable(ca)) {
        assertThat(problem())
            .contains("rejectedIdentifier")
            .contains(NAME)
            .contains("remove " + NAME + " from autotls.domains");
        assertThat(tls.status(NAME).orElseThrow().phase()).isEqualTo("needs attention");
      }
    }
  }

  @Test
  void aStorageThatIsAFileIsReportedAndTheApplicationServes() throws Exception {
    Path file = Files.writeString(folder.resolve("not-a-folder"), "");

    try (AutoTls tls =
        AutoTls.builder()
            .domains(NAME)
            .agreeToTermsOfService()
            .solver(new ReadySolver())
            .time(time)
            .executor(time)
            .storage(FileStorage.at(file))
            .listener(events::add)
            .enable()) {
      assertThat(problem()).contains(file.toString()).contains("nothing is ordered");
      assertThat(tls.keyring().find(NAME)).isNotNull();
    }
  }
}

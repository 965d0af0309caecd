package io.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.logging.LoggedLines;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.IssuerContext;
import io.autotls.spi.SolverContext;
import io.autotls.storage.MemoryStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start says, and what it says when a plug-in cannot be started. */
class StartTest {
  private final List<String> closed = new ArrayList<>();

  private static AutoTls.Builder builder() {
    return AutoTls.builder()
        .domains("shop.example", "www.shop.example")
        .storage(MemoryStorage.create())
        .httpPort(8080)
        .httpsPort(8443);
  }

  @Test
  void aStartSaysInOneLineWhatItServesAndWithWhat() {
    try (LoggedLines log = new LoggedLines();
        AutoTls tls = builder().issuer(new PatientIssuer()).enable()) {
      assertThat(log.with(" serves "))
          .singleElement()
          .asString()
          .matches(
              "INFO AutoTls (\\S+ )?serves shop\\.example, www\\.shop\\.example; CA: Vault;"
                  + " storage: memory:; ports: 8080 \\(http\\), 8443 \\(https\\); role: auto\\.");
      assertThat(tls.httpsPort()).isEqualTo(8443);
    }
  }

  @Test
  void ofManyNamesTheFirstTenAreNamed() {
    CertificateSpec.Builder many = CertificateSpec.builder();
    for (int i = 0; i < 30; i++) {
      many.names("n" + i + ".example");
    }
    try (LoggedLines log = new LoggedLines();
        AutoTls tls =
            AutoTls.builder()
                .certificates(many.buildAll())
                .storage(MemoryStorage.create())
                .issuer(new PatientIssuer())
                .enable()) {
      assertThat(log.with(" serves ")).singleElement().asString().contains(" and 20 more; CA: ");
      assertThat(tls.ready()).isNotDone();
    }
  }

  @Test
  void anIssuerThatCannotBeStartedIsNamed() {
    AutoTls.Builder builder =
        builder()
            .issuer(
                new PatientIssuer() {
                  @Override
                  public void start(IssuerContext context) {
                    throw new IllegalStateException("no\ntoken");
                  }

                  @Override
                  public void close() {
                    closed.add("issuer");
                  }
                });

    assertThatThrownBy(builder::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageMatching(
            "The issuer Vault \\(io\\.autotls\\.StartTest\\S+\\) cannot be started:"
                + " java\\.lang\\.IllegalStateException: no.token\\. Next: nothing was started\\."
                + " To do: look at its configuration; .*\\.")
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(closed).containsExactly("issuer");
  }

  @Test
  void aSolverWithoutALibraryIsNamedAndWhatWasBegunEnds() {
    AutoTls.Builder builder =
        builder()
            .issuer(
                new PatientIssuer() {
                  @Override
                  public void close() {
                    closed.add("issuer");
                    throw new IllegalStateException("not that either");
                  }
                })
            .solver(
                new IdleSolver("dns-01") {
                  @Override
                  public void start(SolverContext context) {
                    throw new NoClassDefFoundError("org/xbill/DNS/Name");
                  }

                  @Override
                  public void close() {
                    closed.add("solver");
                  }
                });

    assertThatThrownBy(builder::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("The solver for dns-01 (io.autotls.StartTest")
        .hasMessageContaining(
            "NoClassDefFoundError: org/xbill/DNS/Name. Next: nothing was started.")
        .hasMessageEndingWith("all parts of AutoTls have the same version (autotls-bom).");
    assertThat(closed).containsExactly("solver", "issuer");
  }

  @Test
  void whatAPlugInSaysOfItsConfigurationIsLeftAsItIs() {
    ConfigurationException said = new ConfigurationException("vault.token is missing");
    AutoTls.Builder builder =
        builder()
            .issuer(
                new PatientIssuer() {
                  @Override
                  public void start(IssuerContext context) {
                    throw said;
                  }
                });

    assertThatThrownBy(builder::enable).isSameAs(said);
  }

  @Test
  void aSolverHearsOfThePortOfVisitors() {
    List<Integer> ports = new ArrayList<>();
    ChallengeSolver curious =
        new IdleSolver("dns-01") {
          @Override
          public void start(SolverContext context) {
            ports.add(context.publicHttpsPort());
          }
        };

    try (AutoTls served = builder().issuer(new PatientIssuer()).solver(curious).enable();
        AutoTls published =
            builder().issuer(new PatientIssuer()).solver(curious).publicHttpsPort(443).enable()) {
      assertThat(ports).containsExactly(8443, 443);
      assertThat(served.publicHttpsPort()).isEmpty();
      assertThat(published.publicHttpsPort()).hasValue(443);
    }
  }

  @Test
  void aSettingOfAPlugInThatIsNotUsedIsHintedAt(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("shop.properties");
    Files.writeString(file, "autotls.storage.open-folder=warn\n");

    try (LoggedLines log = new LoggedLines();
        AutoTls tls = builder().issuer(new PatientIssuer()).configuration(file).enable()) {
      assertThat(log.with(" has no effect"))
          .singleElement()
          .asString()
          .startsWith("WARN autotls.storage.open-folder (set by " + file + ") has no effect")
          .contains("the storage file:, which is not used. To do: set autotls.storage=file:…");
      assertThat(tls.ready()).isNotDone();
    }
  }
}

package io.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.internal.config.Configuration;
import io.autotls.internal.config.Factories;
import io.autotls.internal.config.InstalledPlugIns;
import io.autotls.spi.Issuer;
import io.autotls.spi.IssuerFactory;
import io.autotls.spi.SpiContext;
import io.autotls.spi.TimeSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Issuers of plug-ins in {@code autotls.ca}, beside those of AutoTls. */
class ConfiguredIssuersTest {
  private final TimeSource time = TimeSource.system();
  private final List<String> locations = new ArrayList<>();
  private final List<String> closed = new ArrayList<>();

  @TempDir private Path folder;

  private final class Vault implements IssuerFactory {
    private final String name;

    private Vault(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Issuer create(String location, SpiContext context) {
      locations.add(location);
      return new PatientIssuer() {
        @Override
        public void close() {
          closed.add(location);
        }
      };
    }
  }

  private List<Issuer> issuers(String ca) {
    InstalledPlugIns installed =
        InstalledPlugIns.of(
            List.of(),
            List.of(),
            List.of(new Vault("vault"), new Vault("https"), new Vault("zerossl")));
    Configuration configuration =
        Configuration.read(
            new Configuration.Sources(
                Map.of("autotls.ca", ca), Map.of(), folder, getClass().getClassLoader()),
            installed.declarations(),
            Map.of(),
            null);
    return new ConfiguredIssuers(
            configuration, new Factories(installed, configuration, time, Runnable::run))
        .all();
  }

  @ParameterizedTest
  @CsvSource({
    "vault, ''",
    "Vault:, ''",
    "vault:pki/shop, pki/shop",
    "vault:a:b, a:b",
    "vault://a/b, //a/b"
  })
  void aPlugInIsNamedAndToldWhatStandsBehindItsName(String ca, String location) {
    assertThat(issuers(ca)).extracting(Issuer::id).containsExactly("vault");
    assertThat(locations).containsExactly(location);
  }

  @Test
  void itStandsInTheOrderOfTheList() {
    assertThat(issuers("letsencrypt, vault:pki, local"))
        .extracting(Issuer::displayName)
        .containsExactly("Let's Encrypt", "Vault", "the local CA");
  }

  @Test
  void aNameThatAutoTlsKnowsIsThePlugInsWhileThatIsThere() {
    assertThat(issuers("zerossl")).extracting(Issuer::displayName).containsExactly("Vault");
  }

  @Test
  void theUrlOfADirectoryIsNeverAPlugIn() {
    assertThat(issuers("https://ca.example/directory")).hasOnlyElementsOfType(AcmeIssuer.class);
    assertThat(locations).isEmpty();
  }

  @Test
  void oneThatIsNotThereHearsWhichAre() {
    assertThatThrownBy(() -> issuers("valut:pki"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.ca (set by the system property autotls.ca) is wrong")
        .hasMessageEndingWith("plug-ins on the class path are vault, https, zerossl.");
  }

  @Test
  void oneThatIsThereTwiceIsKeptOnceAndTheOtherIsClosed() {
    assertThat(issuers("vault:a,vault:b")).hasSize(1);
    assertThat(closed).containsExactly("b");
  }
}

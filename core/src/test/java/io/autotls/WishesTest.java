package io.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.internal.config.Settings;
import io.autotls.spi.Issuer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WishesTest {
  @TempDir Path folder;

  @Test
  void theLocalCaHasAName() {
    Wishes wishes = wishes(Map.of("autotls.domains", "localhost", "autotls.ca", "Local"));

    assertThat(wishes.choice().all()).singleElement().isInstanceOf(LocalIssuer.class);
  }

  @Test
  void itMayStandBesideOthers() {
    Wishes wishes = wishes(Map.of("autotls.domains", "a.test", "autotls.ca", "letsencrypt, local"));

    assertThat(wishes.choice().all()).extracting(Issuer::id).last().isEqualTo("local");
  }

  @Test
  void aMisspeltCaHearsOfTheLocalOne() {
    assertThatThrownBy(() -> wishes(Map.of("autotls.domains", "a.test", "autotls.ca", "locale")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("\"local\" is the local CA");
  }

  @Test
  void localhostNeedsNeitherTermsNorSolvers() {
    Wishes wishes = wishes(Map.of("autotls.domains", "localhost,127.0.0.1"));

    assertThatCode(wishes::check).doesNotThrowAnyException();
    wishes.specs().forEach(spec -> assertThat(wishes.choice().needsProof(spec)).isFalse());
  }

  @Test
  void namesOfTheWorldNeedTerms() {
    Wishes wishes = wishes(Map.of("autotls.domains", "localhost;example.com"));

    assertThatThrownBy(wishes::check).hasMessageContaining("terms of service");
  }

  @Test
  void aMixtureIsRefusedAtTheStart() {
    Wishes wishes =
        wishes(Map.of("autotls.domains", "localhost,example.com", "autotls.agree-tos", "true"));

    assertThatThrownBy(wishes::check)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.domains=example.com;localhost");
  }

  @Test
  void theGracePeriodIsSevenDaysUnlessItIsSet() {
    assertThat(wishes(Map.of()).gracePeriod()).isEqualTo(Duration.ofDays(7));
    assertThat(wishes(Map.of("autotls.grace-period", "PT36H")).gracePeriod())
        .isEqualTo(Duration.ofHours(36));
  }

  @Test
  void whatIsSaidInCodeGoesBeforeTheConfiguredGracePeriod() {
    Wishes wishes =
        new Wishes(
            AutoTls.builder().gracePeriod(Duration.ZERO),
            settings(Map.of("autotls.grace-period", "P1D")));

    assertThat(wishes.gracePeriod()).isZero();
  }

  @Test
  void aGracePeriodWithoutEndCanBeAddedToAnyDate() {
    Wishes wishes = wishes(Map.of("autotls.grace-period", "P999999999D"));

    assertThat(wishes.gracePeriod()).isEqualTo(Duration.ofDays(36_500));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "7d", "P1M", "-P1D"})
  void whatIsNoGracePeriodIsRefusedAtTheStart(String text) {
    Wishes wishes = wishes(Map.of("autotls.domains", "localhost", "autotls.grace-period", text));

    assertThatThrownBy(wishes::check)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the system property autotls.grace-period")
        .hasMessageContaining("P7D");
  }

  private Wishes wishes(Map<String, String> properties) {
    return new Wishes(AutoTls.builder(), settings(properties));
  }

  private Settings settings(Map<String, String> properties) {
    Settings.Sources sources =
        new Settings.Sources(properties, Map.of(), folder, WishesTest.class.getClassLoader());
    return Settings.read(sources, null);
  }
}

package io.autotls;

import static io.autotls.KeyType.EC_P384;
import static io.autotls.KeyType.RSA_2048;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.internal.config.Configuration;
import io.autotls.internal.config.Factories;
import io.autotls.internal.config.InstalledPlugIns;
import io.autotls.spi.Issuer;
import io.autotls.spi.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SetupTest {
  private final TimeSource time = TimeSource.system();

  @TempDir Path folder;

  @Test
  void theDefaultNameIsOneOfTheDomains() {
    Map<String, String> values = Map.of("autotls.domains", "localhost;a.test,*.b.test");
    assertThat(setup(values).defaultName()).isEmpty();

    for (String name : List.of("A.test", "x.b.test", "*.b.test", "localhost")) {
      Map<String, String> named = new HashMap<>(values);
      named.put("autotls.default-name", name);
      assertThatCode(setup(named)::check).as(name).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"c.test", "b.test", "x.y.b.test", "not a name", "local"})
  void aDefaultNameThatNothingCoversIsRefused(String name) {
    Setup setup =
        setup(Map.of("autotls.domains", "localhost;a.test,*.b.test", "autotls.default-name", name));

    assertThatThrownBy(setup::check)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.default-name");
  }

  @Test
  void theLocalCaHasAName() {
    Setup setup = setup(Map.of("autotls.domains", "localhost", "autotls.ca", "Local"));

    assertThat(setup.choice().all()).singleElement().isInstanceOf(LocalIssuer.class);
  }

  @Test
  void itMayStandBesideOthers() {
    Setup setup = setup(Map.of("autotls.domains", "a.test", "autotls.ca", "letsencrypt, local"));

    assertThat(setup.choice().all()).extracting(Issuer::id).last().isEqualTo("local");
  }

  @Test
  void aMisspeltCaHearsOfTheLocalOne() {
    assertThatThrownBy(() -> setup(Map.of("autotls.domains", "a.test", "autotls.ca", "locale")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("\"local\" is the local CA");
  }

  @Test
  void localhostNeedsNeitherTermsNorSolvers() {
    Setup setup = setup(Map.of("autotls.domains", "localhost,127.0.0.1"));

    assertThatCode(setup::check).doesNotThrowAnyException();
    setup.specs().forEach(spec -> assertThat(setup.choice().needsProof(spec)).isFalse());
  }

  @Test
  void thePublishedPortIsThatOfVisitors() {
    Setup setup = setup(Map.of("autotls.domains", "localhost", "autotls.https.public-port", "443"));

    assertThat(setup.publicHttpsPort()).hasValue(443);
    assertThat(setup(Map.of("autotls.domains", "localhost")).publicHttpsPort()).isEmpty();
  }

  @Test
  void aPublishedPortThatNobodyCanUseIsRefusedAtTheStart() {
    assertThatThrownBy(
            () -> setup(Map.of("autotls.domains", "localhost", "autotls.https.public-port", "0")))
        .hasMessageContaining("from 1 to 65535");
  }

  @Test
  void namesOfTheWorldNeedTerms() {
    Setup setup = setup(Map.of("autotls.domains", "localhost;example.com"));

    assertThatThrownBy(setup::check).hasMessageContaining("terms of service");
  }

  @Test
  void aMixtureIsRefusedAtTheStart() {
    Setup setup =
        setup(Map.of("autotls.domains", "localhost,example.com", "autotls.agree-tos", "true"));

    assertThatThrownBy(setup::check)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.domains=example.com;localhost");
  }

  @Test
  void theGracePeriodIsSevenDaysUnlessItIsSet() {
    assertThat(setup(Map.of()).gracePeriod()).isEqualTo(Duration.ofDays(7));
    assertThat(setup(Map.of("autotls.grace-period", "PT36H")).gracePeriod())
        .isEqualTo(Duration.ofHours(36));
  }

  @Test
  void whatIsSaidInCodeGoesBeforeTheConfiguredGracePeriod() {
    Setup setup =
        setup(AutoTls.builder().gracePeriod(Duration.ZERO), Map.of("autotls.grace-period", "P1D"));

    assertThat(setup.gracePeriod()).isZero();
  }

  @Test
  void aGracePeriodWithoutEndCanBeAddedToAnyDate() {
    Setup setup = setup(Map.of("autotls.grace-period", "P999999999D"));

    assertThat(setup.gracePeriod()).isEqualTo(Duration.ofDays(36_500));
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "7 fortnights", "P1M", "-P1D", "d", "1d 7"})
  void whatIsNoGracePeriodIsRefusedAtTheStart(String text) {
    assertThatThrownBy(
            () -> setup(Map.of("autotls.domains", "localhost", "autotls.grace-period", text)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the system property autotls.grace-period")
        .hasMessageContaining("P7D");
  }

  @ParameterizedTest
  @CsvSource({
    "mailto:ops@example.com, ops@example.com",
    "'ops@example.com,MAILTO:dev@example.com', 'ops@example.com,dev@example.com'",
    "ops@example.com; dev@Example.COM, 'ops@example.com,dev@example.com'",
    "'ops@example.com, ops@example.com,', ops@example.com",
    "Ops+le@bücher.example, Ops+le@xn--bcher-kva.example",
  })
  void addressesAreUnderstoodAsPeopleWriteThem(String written, String meant) {
    String domains = "localhost";

    assertThat(setup(Map.of("autotls.domains", domains, "autotls.email", written)).emails())
        .containsExactly(meant.split(","));
    assertThat(setup(AutoTls.builder().email(written), Map.of()).emails())
        .containsExactly(meant.split(","));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ops",
        "ops@",
        "@example.com",
        "öps@example.com",
        "ops@example.com dev@example.com",
        "Ops <ops@example.com>",
        "ops@example.com?subject=x",
        "a@b@example.com",
        "ops@192.0.2.1"
      })
  void whatIsNoAddressIsRefusedAtTheStart(String written) {
    assertThatThrownBy(() -> setup(Map.of("autotls.email", written)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.email (set by the system property autotls.email)")
        .hasMessageEndingWith("write ops@example.com, and a comma between several.");
    assertThatThrownBy(() -> AutoTls.builder().email(written).domains("localhost").enable())
        .isInstanceOf(ConfigurationException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "Let's Encrypt, acme-v02.api.letsencrypt.org_directory",
    "LetsEncrypt_Staging, acme-staging-v02.api.letsencrypt.org_directory",
    "HTTPS://CA.Example/Directory, ca.example_directory",
    "https://acme-v02.api.letsencrypt.org/directory/, acme-v02.api.letsencrypt.org_directory",
  })
  void casAreUnderstoodAsPeopleNameThem(String written, String id) {
    assertThat(setup(Map.of("autotls.ca", written)).choice().all().get(0).id()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://ca.example/directory",
        "https://",
        "https://ca.example:99999/directory",
        "https://ca.example/a b",
        "https://ca.example/directory#top",
        "ca.example/directory",
        "https://acme-v02.api.letsencrypt.org/",
        "https://acme-v02.api.letsencrypt.org/acme/new-acct",
        "https://acme.zerossl.com",
        "ftp://ca.example/directory",
        "letsencrypt;zerossl"
      })
  void whatCannotBeADirectoryIsRefusedAtTheStart(String written) {
    assertThatThrownBy(() -> setup(Map.of("autotls.ca", written)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.ca (set by the system property autotls.ca)");
  }

  @Test
  void aPasswordInTheUrlOfACaIsNotShown() {
    assertThatThrownBy(() -> setup(Map.of("autotls.ca", "https://me:secret@ca.example/directory")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void aCaThatIsNamedTwiceIsAskedOnce() {
    Setup setup =
        setup(
            Map.of(
                "autotls.ca",
                "letsencrypt,https://acme-v02.api.letsencrypt.org/directory,LETSENCRYPT"));

    assertThat(setup.choice().all()).filteredOn(AcmeIssuer.class::isInstance).hasSize(1);
  }

  @Test
  void aWrongProfileIsNotCalledAWrongName() {
    assertThatThrownBy(
            () -> setup(Map.of("autotls.domains", "a.example", "autotls.profile", "short lived")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.profile (set by");
  }

  @Test
  void onePortForBothIsRefused() {
    Setup setup =
        setup(
            Map.of(
                "autotls.domains",
                "localhost",
                "autotls.http.port",
                "8443",
                "autotls.https.port",
                "8443"));

    assertThatThrownBy(setup::check).hasMessageContaining("both 8443");
  }

  @Test
  void rootsThatAreNotThereAreMissedInASentence() {
    assertThatThrownBy(() -> setup(Map.of("autotls.ca.trust", "/no/such.pem")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageEndingWith("which cannot be read: there is no such file.");
  }

  @Test
  void anIssuerThatIsThereTwiceIsRefused() {
    LocalIssuer local = LocalIssuer.create();

    assertThatThrownBy(
            () -> AutoTls.builder().domains("localhost").issuer(local).issuer(local).enable())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("there twice");
  }

  @Test
  void anIssuerOfOnesOwnThatAsksForNoProofNeedsNoSolver() {
    Setup setup =
        setup(
            AutoTls.builder().domains("*.shop.example").issuer(new PatientIssuer(false)), Map.of());

    assertThatCode(() -> setup.checkSolvers(setup.specs().get(0), List.of()))
        .doesNotThrowAnyException();
  }

  @Test
  void oneThatAsksForProofBesideItNeedsSome() {
    Setup setup =
        setup(
            AutoTls.builder()
                .domains("shop.example")
                .issuer(new PatientIssuer(false))
                .issuer(new PatientIssuer(true)),
            Map.of());

    assertThatThrownBy(() -> setup.checkSolvers(setup.specs().get(0), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("nothing can answer the challenges");
  }

  @Test
  void theDnsProvesNoAddresses() {
    Setup setup = setup(Map.of("autotls.domains", "192.0.2.1", "autotls.agree-tos", "true"));

    assertThatThrownBy(
            () -> setup.checkSolvers(setup.specs().get(0), List.of(new IdleSolver("dns-01"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("addresses need http-01 or tls-alpn-01");
  }

  @Test
  void theKindOfKeyMeansTheSameWhereverItStands() {
    AutoTls.Builder before = AutoTls.builder().keyTypes(EC_P384, RSA_2048).domains("a.test");
    AutoTls.Builder after = AutoTls.builder().domains("a.test").keyTypes(EC_P384, RSA_2048);

    assertThat(setup(after, Map.of()).specs())
        .isEqualTo(setup(before, Map.of()).specs())
        .extracting(CertificateSpec::keyType)
        .containsExactly(EC_P384, RSA_2048);
  }

  @Test
  void whatIsConfiguredForAllHoldsForDomainsOfTheCodeToo() {
    Map<String, String> configured =
        Map.of("autotls.key-type", "ec-p384", "autotls.profile", "shortlived");
    CertificateSpec own = CertificateSpec.of("b.test");

    List<CertificateSpec> specs =
        setup(AutoTls.builder().domains("a.test").certificate(own), configured).specs();

    assertThat(specs)
        .containsExactly(
            CertificateSpec.builder()
                .names("a.test")
                .keyType(EC_P384)
                .profile("shortlived")
                .build(),
            own);
  }

  @Test
  void aWrongNameIsRefusedByTheCallThatBroughtIt() {
    AutoTls.Builder builder = AutoTls.builder();

    assertThatThrownBy(() -> builder.domains("a b.test"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a b.test");
  }

  private Setup setup(Map<String, String> properties) {
    return setup(AutoTls.builder(), properties);
  }

  private Setup setup(AutoTls.Builder code, Map<String, String> properties) {
    InstalledPlugIns installed = InstalledPlugIns.find();
    Configuration.Sources sources =
        new Configuration.Sources(properties, Map.of(), folder, SetupTest.class.getClassLoader());
    Configuration configuration =
        Configuration.read(sources, installed.declarations(), code.inCode, null);
    return new Setup(
        code, configuration, new Factories(installed, configuration, time, Runnable::run));
  }
}

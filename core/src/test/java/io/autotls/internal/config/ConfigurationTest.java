package io.autotls.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.ConfigurationException;
import io.autotls.KeyType;
import io.autotls.Role;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

class ConfigurationTest {
  @TempDir private Path folder;

  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();

  private Configuration read() {
    return read(new URLClassLoader(new URL[0], null));
  }

  private Configuration read(ClassLoader classPath) {
    return Configuration.read(
        new Configuration.Sources(properties, environment, folder, classPath),
        Declarations.with(List.of()),
        Map.of(),
        null);
  }

  private void file(String content) throws IOException {
    Files.writeString(folder.resolve("autotls.properties"), content);
  }

  @Test
  void systemPropertiesGoBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
    file("autotls.email=file@example.com\nautotls.profile=file\nautotls.ca=file\n");
    environment.put("AUTOTLS_PROFILE", "environment");
    environment.put("AUTOTLS_CA", "environment");
    properties.put("autotls.ca", "property");

    Configuration settings = read();

    assertThat(settings.get(OwnSettings.EMAIL)).contains(List.of("file@example.com"));
    assertThat(settings.get(OwnSettings.PROFILE)).contains(List.of("environment"));
    assertThat(settings.get(OwnSettings.CA)).containsExactly("property");
  }

  @Test
  void environmentNamesHaveUnderscoresForDotsAndHyphens() {
    environment.put("AUTOTLS_CA_TRUST", "ca.pem");
    environment.put("AUTOTLS_AGREE_TOS", "true");

    assertThat(read().get(OwnSettings.CA_TRUST)).contains(Path.of("ca.pem"));
    assertThat(read().get(OwnSettings.AGREE_TOS)).isTrue();
  }

  @Test
  void anUnknownKeyNamesTheNearestOneAndWhereItWasSet() {
    properties.put("autotls.domain", "example.com");

    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the system property autotls.domain")
        .hasMessageContaining("did you mean autotls.domains?");
  }

  @Test
  void anUnknownVariableNamesTheNearestOne() {
    environment.put("AUTOTLS_EMIAL", "ops@example.com");

    assertThatThrownBy(this::read).hasMessageContaining("did you mean AUTOTLS_EMAIL?");
  }

  @Test
  void variablesOfTheTestToolsAreNoSettings() {
    environment.put("AUTOTLS_REQUIRE_PEBBLE", "1");
    environment.put("AUTOTLS_PEBBLE_2_10", "/opt/pebble");
    environment.put("AUTOTLS_PEBBLE_2_4", "/opt/pebble-2.4");

    assertThatNoException().isThrownBy(this::read);
  }

  @Test
  void valuesMayComeFromTheEnvironmentAndFromFiles() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "c2VjcmV0\n");
    environment.put("MAIL", "ops@example.com");
    properties.put("autotls.email", "${env:MAIL}");
    properties.put("autotls.eab.key", "${file:" + secret + "}");

    assertThat(read().get(OwnSettings.EMAIL)).contains(List.of("ops@example.com"));
    assertThat(read().get(OwnSettings.EAB_KEY)).contains("c2VjcmV0");
  }

  @Test
  void aReferenceThatLeadsNowhereSaysSo() {
    properties.put("autotls.eab.key", "${env:NO_SUCH_VARIABLE}");

    assertThatThrownBy(this::read)
        .hasMessageContaining("autotls.eab.key")
        .hasMessageContaining("NO_SUCH_VARIABLE, which is not set");
  }

  @Test
  void domainsAreSeparatedByCommasAndCertificatesBySemicolons() {
    properties.put("autotls.domains", "a.example, b.example ;c.example,");

    assertThat(read().get(OwnSettings.DOMAINS).orElseThrow())
        .containsExactly(List.of("a.example", "b.example"), List.of("c.example"));
  }

  @Test
  void wrongValuesNameTheKeyAndTheSource() {
    properties.put("autotls.http.port", "80000");
    properties.put("autotls.agree-tos", "perhaps");
    properties.put("autotls.key-type", "rsa");
    Configuration settings = read();

    assertThatThrownBy(() -> settings.get(OwnSettings.HTTP_PORT))
        .hasMessageContaining("the system property autotls.http.port")
        .hasMessageContaining("from 0 (any) to 65535");
    assertThatThrownBy(() -> settings.get(OwnSettings.AGREE_TOS))
        .hasMessageContaining("either true or false");
    assertThatThrownBy(() -> settings.get(OwnSettings.KEY_TYPE)).hasMessageContaining("rsa-2048");
    properties.put("autotls.role", "leader");
    assertThatThrownBy(() -> read().get(OwnSettings.ROLE))
        .hasMessageContaining("known are auto, follower");
  }

  @Test
  void noValueIsShown() {
    properties.put("autotls.eab.key", "c2VjcmV0");

    assertThat(read().toString()).doesNotContain("c2VjcmV0");
  }

  @Test
  void theFileOnTheClassPathCountsIfTheFolderHasNone() throws IOException {
    Path classes = Files.createDirectory(folder.resolve("classes"));
    Files.writeString(classes.resolve("autotls.properties"), "autotls.email=packed@example.com\n");
    try (URLClassLoader classPath = new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
      assertThat(read(classPath).get(OwnSettings.EMAIL)).contains(List.of("packed@example.com"));
      file("autotls.ca=local\n");
      assertThat(read(classPath).get(OwnSettings.EMAIL)).isEmpty();
    }
  }

  @Test
  void anotherFileMayBeNamedAndMustBeThereThen() throws IOException {
    file("autotls.email=not@example.com\n");
    Path other = folder.resolve("other.properties");
    properties.put("autotls.config", other.toString());

    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cannot read the configuration " + other);
    Files.writeString(other, "autotls.email=other@example.com\n");
    assertThat(read().get(OwnSettings.EMAIL)).contains(List.of("other@example.com"));
  }

  @Test
  void aFileThatNobodyWroteByHandIsRefused() throws IOException {
    file("#".repeat(64 * 1024 + 1));
    assertThatThrownBy(this::read).hasMessageContaining("is larger than 64 KiB");

    file("autotls.email=\\u00zz\n");
    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cannot read the configuration");
  }

  @Test
  void anUnknownKeyOfTheFileNamesTheFile() throws IOException {
    file("autotls.htp.port=80\n");

    assertThatThrownBy(this::read)
        .hasMessageContaining(folder.resolve("autotls.properties").toString())
        .hasMessageContaining("did you mean autotls.http.port?");
  }

  @Test
  void whatIsSetToNothingIsNotSet() {
    properties.put("autotls.email", "  ");
    properties.put("autotls.http.port", "");

    assertThat(read().get(OwnSettings.EMAIL)).isEmpty();
    assertThat(read().get(OwnSettings.HTTP_PORT)).isEqualTo(80);
    assertThat(read().get(OwnSettings.AGREE_TOS)).isFalse();
  }

  @Test
  void referencesMayStandInTheMiddleAndAreTakenAsTheyAre() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "$1 ${env:HOST}\r\n\n");
    environment.put("HOST", "db.example");
    properties.put("autotls.storage", "file:/${env:HOST}/${file:" + secret + "}");

    assertThat(read().get(OwnSettings.STORAGE)).isEqualTo("file:/db.example/$1 ${env:HOST}");
  }

  @Test
  void aFileThatAValueComesFromAndThatIsNotThereIsNamed() {
    properties.put("autotls.eab.key", "${file:/no/such/file}");

    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.eab.key takes its value from the file /no/such/file");
  }

  @Test
  void aWrongValueOfASecretIsNotShown() {
    environment.put("TOKEN", "c2VjcmV0");
    properties.put("autotls.http.port", "${env:TOKEN}");
    Configuration settings = read();

    assertThatThrownBy(() -> settings.get(OwnSettings.HTTP_PORT))
        .hasMessageNotContaining("c2VjcmV0");
  }

  @Test
  void portsGoFromAnyToTheHighest() {
    properties.put("autotls.http.port", "0");
    properties.put("autotls.https.port", "65535");

    assertThat(read().get(OwnSettings.HTTP_PORT)).isZero();
    assertThat(read().get(OwnSettings.HTTPS_PORT)).isEqualTo(65_535);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"true", "True", "TRUE", "yes", "Yes", "on", "1", "y", "\"true\"", "'yes'"})
  void yesIsWrittenInManyWays(String text) {
    properties.put("autotls.require-all-names", text);

    assertThat(read().get(OwnSettings.REQUIRE_ALL_NAMES)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "False", "no", "NO", "off", "0", "n", ""})
  void soIsNo(String text) {
    properties.put("autotls.require-all-names", text);

    assertThat(read().get(OwnSettings.REQUIRE_ALL_NAMES)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "P7D, PT168H", "p7d, PT168H", "7d, PT168H", "7 days, PT168H", "1w, PT168H", "P1W, PT168H",
    "12h, PT12H", "1d 12h, PT36H", "1d12h, PT36H", "90m, PT1H30M", "30 sec, PT30S", "PT0S, PT0S",
  })
  void durationsAreWrittenInManyWays(String text, Duration meant) {
    properties.put("autotls.grace-period", text);

    assertThat(read().get(OwnSettings.GRACE_PERIOD)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({
    "RSA4096, RSA_4096", "rsa-2048, RSA_2048", "RSA_3072, RSA_3072", "P-256, EC_P256",
    "EC_P384, EC_P384", "secp384r1, EC_P384", "2048, RSA_2048", "ECDSA, EC_P256",
  })
  void keyTypesAreCalledManyNames(String text, KeyType meant) {
    properties.put("autotls.key-type", text);

    assertThat(read().get(OwnSettings.KEY_TYPE)).containsExactly(meant);
  }

  @Test
  void rolesAreUnderstoodInAnyCase() {
    properties.put("autotls.role", "Follower");

    assertThat(read().get(OwnSettings.ROLE)).isEqualTo(Role.FOLLOWER);
  }

  @Test
  void quotesAroundAValueOrAnItemAreNoPartOfIt() {
    properties.put("autotls.domains", "\"a.example\", 'b.example' ; \"c.example\"");
    properties.put("autotls.email", "'ops@example.com'");
    properties.put("autotls.preferred-chain", "The \"Root\"");

    assertThat(read().get(OwnSettings.DOMAINS).orElseThrow())
        .containsExactly(List.of("a.example", "b.example"), List.of("c.example"));
    assertThat(read().get(OwnSettings.EMAIL)).contains(List.of("ops@example.com"));
    assertThat(read().get(OwnSettings.PREFERRED_CHAIN)).contains("The \"Root\"");
  }

  @Test
  void aFileOfWindowsIsRead() throws IOException {
    String text = "autotls.email=ops@example.com\r\nautotls.ca=local \u00a0\r\n";
    file("\ufeff" + text);
    assertThat(read().get(OwnSettings.EMAIL)).contains(List.of("ops@example.com"));
    assertThat(read().get(OwnSettings.CA)).containsExactly("local");

    Files.write(
        folder.resolve("autotls.properties"),
        ("\ufeff" + text).getBytes(StandardCharsets.UTF_16LE));
    assertThat(read().get(OwnSettings.EMAIL)).contains(List.of("ops@example.com"));
  }

  @Test
  void aFileInAnotherCharsetIsRefusedInASentence() throws IOException {
    Files.write(
        folder.resolve("autotls.properties"),
        "autotls.domains=b\u00fccher.example\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(this::read)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageEndingWith("it is not in UTF-8; save it so.");
  }

  @Test
  void ofTwoValuesTheLastOneCounts() throws IOException {
    file("autotls.email=a@example.com\nautotls.ca=local\nautotls.email=b@example.com\n");

    assertThat(read().get(OwnSettings.EMAIL)).contains(List.of("b@example.com"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "True", "TRUE", " true ", "'true'"})
  void whoeverAgreesWritesTrue(String text) {
    properties.put("autotls.agree-tos", text);

    assertThat(read().get(OwnSettings.AGREE_TOS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "1", "on", "agreed", "tru"})
  void whatMightBeMeantSoIsNoAgreement(String text) {
    properties.put("autotls.agree-tos", text);
    Configuration settings = read();

    assertThatThrownBy(() -> settings.get(OwnSettings.AGREE_TOS))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("is either true or false; whoever agrees writes true");
  }

  @Test
  void theVariablesOfKubernetesServicesAreNoSettings() {
    environment.put("AUTOTLS_SERVICE_HOST", "10.96.0.7");
    environment.put("AUTOTLS_SERVICE_PORT_HTTPS", "443");
    environment.put("AUTOTLS_PORT", "tcp://10.96.0.7:443");
    environment.put("AUTOTLS_PORT_443_TCP_ADDR", "10.96.0.7");
    environment.put("AUTOTLS_PORT_443_TCP", "tcp://10.96.0.7:443");
    environment.put("AUTOTLS_MY_APP_SERVICE_HOST", "10.96.0.8");
    environment.put("AUTOTLS_HTTP_PORT", "tcp://10.96.0.8:80");
    environment.put("AUTOTLS_HTTPS_PORT_443_UDP_PROTO", "udp");
    environment.put("AUTOTLS_HTTPS_PORT", "8443");

    Configuration settings = read();

    assertThat(settings.get(OwnSettings.HTTP_PORT)).isEqualTo(80);
    assertThat(settings.get(OwnSettings.HTTPS_PORT)).isEqualTo(8443);
  }

  @Test
  void aPortWithoutAnAddressIsStillATypingError() {
    environment.put("AUTOTLS_PORT", "443");

    assertThatThrownBy(this::read).hasMessageContaining("AUTOTLS_PORT means nothing to AutoTls");
  }
}

package io.autotls.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.autotls.ConfigurationException;
import io.autotls.KeyType;
import io.autotls.internal.config.KnownKeys.Secrecy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @TempDir private Path folder;

  private final Map<String, String> code = new HashMap<>();
  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> classPath = new HashMap<>();
  private KnownKeys known = KnownKeys.core();

  @Test
  void codeGoesBeforePropertyBeforeVariableBeforeFile() throws IOException {
    file("autotls.email = file@example.com");
    assertThat(value("autotls.email")).isEqualTo("file@example.com");

    environment.put("AUTOTLS_EMAIL", "variable@example.com");
    assertThat(value("autotls.email")).isEqualTo("variable@example.com");

    properties.put("autotls.email", "property@example.com");
    assertThat(value("autotls.email")).isEqualTo("property@example.com");

    code.put("autotls.email", "code@example.com");
    assertThat(value("autotls.email")).isEqualTo("code@example.com");
  }

  @ParameterizedTest
  @CsvSource({
    "AUTOTLS_DOMAINS, autotls.domains",
    "AUTOTLS_CA_TRUST, autotls.ca.trust",
    "AUTOTLS_AGREE_TOS, autotls.agree-tos",
    "AUTOTLS_KEY_TYPE, autotls.key-type",
    "AUTOTLS_EAB_KID, autotls.eab.kid",
    "AUTOTLS_HTTP_PORT, autotls.http.port",
  })
  void variablesAreKeysInCapitals(String variable, String key) {
    environment.put(variable, "x");

    assertThat(load().find(key)).get().extracting(Setting::value).isEqualTo("x");
    assertThat(load().find(key)).get().extracting(Setting::source).asString().contains(variable);
  }

  @Test
  void whatIsNotSetIsEmpty() {
    assertThat(load().find("autotls.email")).isEmpty();
  }

  @Test
  void blankValuesAreNotSet() throws IOException {
    environment.put("AUTOTLS_EMAIL", "  ");
    file("autotls.email = ops@example.com");

    assertThat(value("autotls.email")).isEqualTo("ops@example.com");
  }

  @Test
  void requiredSettingsSayHowToSetThem() {
    assertThatThrownBy(() -> load().require("autotls.domains", "no names are configured"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.domains is not set: no names are configured")
        .hasMessageContaining("AUTOTLS_DOMAINS")
        .hasMessageContaining("autotls.properties");
  }

  @Test
  void theFileInTheWorkingDirectoryGoesBeforeTheOneOnTheClassPath() throws IOException {
    classPath.put("autotls.properties", "autotls.email=class-path@example.com");
    assertThat(value("autotls.email")).isEqualTo("class-path@example.com");

    file("autotls.email=folder@example.com");
    assertThat(value("autotls.email")).isEqualTo("folder@example.com");
  }

  @Test
  void theFileMayBeElsewhere() throws IOException {
    file("autotls.email=folder@example.com");
    Files.writeString(folder.resolve("other.conf"), "autotls.email=other@example.com");
    environment.put("AUTOTLS_CONFIG", "other.conf");

    assertThat(value("autotls.email")).isEqualTo("other@example.com");
  }

  @Test
  void aFileThatWasNamedMustExist() {
    properties.put("autotls.config", "missing.conf");

    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.config (system property)")
        .hasMessageContaining(folder.resolve("missing.conf").toString());
  }

  @Test
  void theFileIsUtf8() throws IOException {
    file("\ufeffautotls.domains = bücher.example, \\u00fcber.example");

    assertThat(load().require("autotls.domains", "").asCertificates())
        .containsExactly(List.of("xn--bcher-kva.example", "xn--ber-goa.example"));
  }

  @Test
  void aFileInAnotherEncodingIsRefused() throws IOException {
    Files.write(
        folder.resolve("autotls.properties"),
        "autotls.domains=bücher.example".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.properties is not UTF-8");
  }

  @Test
  void aBrokenEscapeInTheFileIsExplained() throws IOException {
    file("autotls.storage=file:C:\\users\\me");

    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("write \\\\ for a backslash");
  }

  @Test
  void aKeyTwiceInTheFileIsRefused() throws IOException {
    file("autotls.email=a@example.com\nautotls.email=b@example.com");

    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.email")
        .hasMessageContaining("twice");
  }

  @Test
  void aFileCannotPointToAnother() throws IOException {
    file("autotls.config=other.properties");

    assertThatThrownBy(this::load).hasMessageContaining("a file cannot say where it is");
  }

  @ParameterizedTest
  @CsvSource({
    "autotls.domain, autotls.domains",
    "autotls.emial, autotls.email",
    "autotls.agreetos, autotls.agree-tos",
    "autotls.agree.tos, autotls.agree-tos",
    "autotls.https-port, autotls.https.port",
    "AutoTls.Key-Type, autotls.key-type",
    "domains, autotls.domains",
  })
  void unknownKeysInAFileNameTheNearestKnownOne(String unknown, String nearest) throws IOException {
    file(unknown + "=x");

    ConfigurationException e = catchThrowableOfType(ConfigurationException.class, this::load);

    assertThat(e).hasMessageContaining("the nearest known one is " + nearest);
    assertThat(e.key()).contains(unknown);
    assertThat(e.source()).contains(folder.resolve("autotls.properties").toString());
    assertThat(e.remedy()).contains("write " + nearest);
  }

  @Test
  void unknownSystemPropertiesAreRefused() {
    properties.put("autotls.stroage", "memory:");
    properties.put("java.version", "17");

    assertThatThrownBy(this::load)
        .hasMessageContaining("autotls.stroage (system property)")
        .hasMessageContaining("autotls.storage");
  }

  @Test
  void unknownVariablesAreRefusedWithTheNearestVariable() {
    environment.put("AUTOTLS_AGREETOS", "true");
    environment.put("PATH", "/bin");

    assertThatThrownBy(this::load)
        .hasMessageContaining("AUTOTLS_AGREETOS (environment variable)")
        .hasMessageContaining("AUTOTLS_AGREE_TOS");
  }

  @Test
  void aKeyLikeNoOtherHasNoNearestOne() {
    properties.put("autotls.quantum-entanglement-level", "9");

    assertThatThrownBy(this::load)
        .hasMessageContaining("nobody knows this key")
        .hasMessageNotContaining("nearest");
  }

  @ParameterizedTest
  @ValueSource(strings = {"autotls.dns.provider", "autotls.role"})
  void keysOfFeaturesThatDoNotExistAreUnknown(String key) {
    properties.put(key, "auto");

    assertThatThrownBy(this::load).hasMessageContaining(key);
  }

  @Test
  void unknownKeysAreReportedWithoutTheirValue() {
    properties.put("autotls.eab.kee", "s3cret");

    assertThatThrownBy(this::load).hasMessageNotContaining("s3cret");
  }

  @Test
  void variablesOfKubernetesServicesAreNotOurs() {
    environment.put("AUTOTLS_SERVICE_HOST", "10.0.0.1");
    environment.put("AUTOTLS_SERVICE_PORT_HTTP", "80");
    environment.put("AUTOTLS_PORT", "tcp://10.0.0.1:80");
    environment.put("AUTOTLS_PORT_80_TCP_ADDR", "10.0.0.1");
    environment.put("AUTOTLS_DEMO_PORT", "tcp://10.0.0.1:80");

    assertThat(load().find("autotls.http.port")).isEmpty();
  }

  @Test
  void aVariableOfAKubernetesServiceThatLooksLikeOursIsExplained() {
    environment.put("AUTOTLS_HTTP_PORT", "tcp://10.0.0.1:80");

    assertThatThrownBy(() -> load().require("autotls.http.port", "").asPort())
        .hasMessageContaining("enableServiceLinks");
  }

  @Test
  void pluginsAddTheirKeys() {
    known = known.with(Secrecy.PUBLIC, List.of("autotls.redis.url"));
    known = known.withPrefix("autotls.dns.");
    properties.put("autotls.redis.url", "x");
    environment.put("AUTOTLS_DNS_CLOUDFLARE_API_TOKEN", "t");

    assertThat(value("autotls.redis.url")).isEqualTo("x");
    assertThat(value("autotls.dns.cloudflare.api-token")).isEqualTo("t");
    assertThat(KnownKeys.core().contains("autotls.redis.url")).isFalse();
  }

  @Test
  void placeholdersReadVariablesAndFiles() throws IOException {
    Files.writeString(folder.resolve("token"), "from-file\n");
    environment.put("HOST", "example.com");
    code.put("autotls.email", "${file:token}@${env:HOST}");
    code.put("autotls.profile", "$${env:HOST} costs $5, not $$5 or ${env:HOST}");

    assertThat(value("autotls.email")).isEqualTo("from-file@example.com");
    assertThat(value("autotls.profile")).isEqualTo("${env:HOST} costs $5, not $$5 or example.com");
  }

  @Test
  void whatAPlaceholderPutsInIsNotSearchedAgain() {
    environment.put("A", "${env:B}");
    environment.put("B", "b");
    code.put("autotls.profile", "${env:A}");

    assertThat(value("autotls.profile")).isEqualTo("${env:B}");
  }

  @Test
  void oneLineEndOfAFileIsRemoved() throws IOException {
    Files.writeString(folder.resolve("token"), "a\r\n");
    code.put("autotls.profile", "[${file:token}]");
    assertThat(value("autotls.profile")).isEqualTo("[a]");

    Files.writeString(folder.resolve("token"), "a\n\n");
    assertThat(value("autotls.profile")).isEqualTo("[a\n]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "${env:MISSING}  | the environment variable MISSING is not set",
        "${file:missing} | missing does not exist",
        "${file:folder}  | folder cannot be read",
        "${file:large}   | large is larger than 64 KiB",
        "${file:binary}  | binary is not UTF-8",
        "${env:A         | a ${ is never closed",
        "${A}            | begins with neither env: nor file:",
        "${}             | begins with neither env: nor file:",
      })
  void placeholdersThatLeadNowhereAreExplained(String raw, String why) throws IOException {
    Files.createDirectory(folder.resolve("folder"));
    Files.writeString(folder.resolve("large"), "s3cret".repeat(20_000));
    Files.write(folder.resolve("binary"), new byte[] {'s', '3', 'c', 'r', 'e', 't', (byte) 0xff});
    code.put("autotls.eab.key", raw);

    assertThatThrownBy(() -> load().find("autotls.eab.key"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.eab.key (code)")
        .hasMessageContaining(why)
        .hasMessageNotContaining("s3cret");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "80, 80", "65535, 65535", "00443, 443"})
  void portsAreNumbers(String value, int port) {
    code.put("autotls.http.port", value);

    assertThat(load().require("autotls.http.port", "").asPort()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "65536", "eighty", "8 0", "80.0", "999999999999", "٨٠"})
  void everythingElseIsNoPort(String value) {
    properties.put("autotls.http.port", value);

    assertThatThrownBy(() -> load().require("autotls.http.port", "").asPort())
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "autotls.http.port (system property): \""
                + value
                + "\" is wrong: not a port. To do: write a number from 0 to 65535.");
  }

  @Test
  void flagsAreTrueOrFalse() {
    code.put("autotls.agree-tos", " true ");
    assertThat(load().require("autotls.agree-tos", "").asFlag()).isTrue();
    code.put("autotls.agree-tos", "false");
    assertThat(load().require("autotls.agree-tos", "").asFlag()).isFalse();
    code.put("autotls.agree-tos", "yes");
    assertThatThrownBy(() -> load().require("autotls.agree-tos", "").asFlag())
        .hasMessageContaining("write true or false");
  }

  @Test
  void keyTypesAreKnownByName() {
    code.put("autotls.key-type", "rsa-2048");
    assertThat(load().require("autotls.key-type", "").asKeyType()).isEqualTo(KeyType.RSA_2048);
    code.put("autotls.key-type", "rsa");
    assertThatThrownBy(() -> load().require("autotls.key-type", "").asKeyType())
        .hasMessageContaining("\"rsa\" is wrong")
        .hasMessageContaining("ec-p256, ec-p384, rsa-2048, rsa-3072, rsa-4096");
  }

  @Test
  void listsAreSeparatedByCommas() {
    code.put("autotls.ca", "letsencrypt , zerossl");
    assertThat(load().require("autotls.ca", "").asList()).containsExactly("letsencrypt", "zerossl");

    code.put("autotls.ca", "letsencrypt,,zerossl");
    assertThatThrownBy(() -> load().require("autotls.ca", "").asList())
        .hasMessageContaining("comma");
    code.put("autotls.ca", "letsencrypt,letsencrypt");
    assertThatThrownBy(() -> load().require("autotls.ca", "").asList())
        .hasMessageContaining("letsencrypt is there twice");
  }

  @Test
  void relativePathsStartInTheWorkingDirectory() {
    code.put("autotls.ca.trust", "certs/../ca.pem");

    assertThat(load().require("autotls.ca.trust", "").asPath()).isEqualTo(folder.resolve("ca.pem"));
  }

  @Test
  void commasSeparateNamesAndSemicolonsCertificates() {
    code.put("autotls.domains", "Example.com, www.example.com. ; *.bücher.example;192.0.2.1;");

    assertThat(load().require("autotls.domains", "").asCertificates())
        .containsExactly(
            List.of("example.com", "www.example.com"),
            List.of("*.xn--bcher-kva.example"),
            List.of("192.0.2.1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "example.com, EXAMPLE.com.           | example.com is there twice",
        "bücher.example,xn--bcher-kva.example | xn--bcher-kva.example is there twice",
        "a.com,b.com;b.com,a.com             | the certificate for b.com, a.com is there twice",
        "a.com,,b.com                        | a name is missing",
        "a.com,                              | a name is missing",
        ";                                   | a name is missing",
        "a.com;;b.com                        | a name is missing",
        "exa mple.com                        | \"exa mple.com\" is not a domain name",
      })
  void mistakesInDomainsAreExplained(String domains, String why) {
    environment.put("AUTOTLS_DOMAINS", domains);

    assertThatThrownBy(() -> load().require("autotls.domains", "").asCertificates())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.domains (environment variable AUTOTLS_DOMAINS)")
        .hasMessageContaining(why);
  }

  @Test
  void aCertificateHasAtMostOneHundredNames() {
    code.put("autotls.domains", domains(100));
    assertThat(load().require("autotls.domains", "").asCertificates().get(0)).hasSize(100);

    code.put("autotls.domains", domains(101));
    assertThatThrownBy(() -> load().require("autotls.domains", "").asCertificates())
        .hasMessageContaining("there are 101 names in one certificate")
        .hasMessageContaining("semicolon");
  }

  @Test
  void secretsAppearNowhere() throws IOException {
    Files.writeString(folder.resolve("key"), "from-s3cret-file");
    code.put("autotls.eab.key", "s3cret");
    code.put("autotls.storage", "jdbc:postgresql://user:s3cret@host/db");
    code.put("autotls.domains", "${file:key}");
    Settings settings = load();
    Setting secret = settings.require("autotls.eab.key", "");

    assertThat(settings.toString()).doesNotContain("s3cret");
    assertThat(secret.toString()).doesNotContain("s3cret");
    assertThat(secret.invalid("not base64url", "copy it again")).hasMessageNotContaining("s3cret");
    assertThat(settings.require("autotls.storage", "").invalid("x", "y"))
        .hasMessageNotContaining("s3cret");
    assertThatThrownBy(() -> settings.require("autotls.domains", "").asCertificates())
        .hasMessageNotContaining("s3cret");
    assertThat(sources().toString()).doesNotContain("s3cret");
  }

  @Test
  void sourcesAreCopied() {
    code.put("autotls.email", "before@example.com");
    Settings settings = load();

    code.put("autotls.email", "after@example.com");

    assertThat(settings.require("autotls.email", "").value()).isEqualTo("before@example.com");
  }

  @Test
  void theJvmIsASourceAsWell() {
    Sources sources = Sources.ofJvm(Map.of("autotls.email", "a@example.com"));

    assertThat(sources.systemProperties()).containsKey("java.version");
    assertThat(sources.workingDirectory()).isAbsolute();
    assertThat(sources.code()).containsOnlyKeys("autotls.email");
  }

  private static String domains(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "n" + i + ".example.com")
        .collect(Collectors.joining(","));
  }

  private void file(String content) throws IOException {
    Files.writeString(folder.resolve("autotls.properties"), content);
  }

  private String value(String key) {
    return load().require(key, "test").value();
  }

  private Settings load() {
    return Settings.load(sources(), known);
  }

  private Sources sources() {
    return new Sources(
        code,
        properties,
        environment,
        folder,
        name -> {
          String content = classPath.get(name);
          return content == null
              ? null
              : new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8));
        });
  }
}

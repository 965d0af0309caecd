package com.example.autotls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.AutoTls;
import io.autotls.ConfigurationException;
import io.autotls.testing.JavaProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store, a solver and an issuer that nobody but a file of properties names. */
class ByNameAloneTest {
  private static final String NAME = "shop.example";
  private static final String PASSPHRASE = "s3cret-journal";
  private static final String PASSWORD = "s3cret-ca";

  private final Map<String, String> properties = new TreeMap<>();

  @TempDir private Path folder;

  @BeforeEach
  void configure() throws Exception {
    makeCa();
    int port = freePort();
    Files.writeString(folder.resolve("passphrase"), PASSPHRASE + "\n");
    properties.put("autotls.domains", NAME);
    properties.put("autotls.http.port", Integer.toString(port));
    properties.put("autotls.storage", "journal:" + folder.resolve("shop.journal"));
    properties.put(
        "autotls.storage.journal.passphrase", "${file:" + folder.resolve("passphrase") + "}");
    properties.put("autotls.ca", "house:" + folder.resolve("ca.p12"));
    properties.put("autotls.ca.house.password", PASSWORD);
    properties.put("autotls.ca.house.lifetime", "12h");
    properties.put("autotls.ca.house.proof-port", Integer.toString(port));
    properties.put("autotls.challenge", "http-01");
    properties.put("autotls.challenge.plain.address", "127.0.0.1");
  }

  /** With the JDK's own tool, as a person would. */
  private void makeCa() throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "ca",
                "-keyalg",
                "EC",
                "-dname",
                "CN=House CA",
                "-ext",
                "bc:c=ca:true",
                "-ext",
                "ku:c=keyCertSign",
                "-keystore",
                folder.resolve("ca.p12").toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes());
    assertThat(keytool.waitFor()).as(said).isZero();
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Path file() throws Exception {
    String text =
        properties.entrySet().stream()
            .map(one -> one.getKey() + "=" + one.getValue() + "\n")
            .collect(Collectors.joining());
    return Files.writeString(folder.resolve("autotls.properties"), text);
  }

  private AutoTls enable() throws Exception {
    return AutoTls.builder().configuration(file()).enable();
  }

  @Test
  void onTheModulePathACertificateIsServed() throws Exception {
    file();

    try (JavaProcess shop =
        JavaProcess.ofSource(shop(), modulePath(), "io.autotls.core", "jdk.httpserver")
            .folder(folder)
            .start()) {
      int port = Integer.parseInt(shop.awaitLine("open: ").substring(6));

      assertThat(served(port).getSubjectAlternativeNames()).containsExactly(List.of(2, NAME));
      assertThat(shop.output())
          .contains("core is the module io.autotls.core")
          .contains("CA: the CA of the house")
          .contains("storage: journal:" + folder)
          .doesNotContain(PASSPHRASE, PASSWORD);
    }
    assertThat(folder.resolve("shop.journal")).content().contains(" certificates/");
  }

  @Test
  void soItIsOnTheClassPathAndTheNextStartFindsItInTheStore() throws Exception {
    X509Certificate first;
    try (AutoTls tls = enable()) {
      tls.ready().get(1, TimeUnit.MINUTES);
      first = tls.keyring().find(NAME).leaf();
    }
    try (AutoTls tls = enable()) {
      tls.ready().get(1, TimeUnit.MINUTES);

      assertThat(tls.keyring().find(NAME).leaf()).isEqualTo(first);
    }
  }

  @Test
  void aMisspeltSettingGetsTheNearestName() {
    properties.put("autotls.ca.house.pasword", properties.remove("autotls.ca.house.password"));

    assertThatThrownBy(this::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("did you mean autotls.ca.house.password?")
        .hasMessageNotContaining(PASSWORD);
  }

  @Test
  void aSecretThatIsMissingIsNamed() {
    properties.remove("autotls.storage.journal.passphrase");

    assertThatThrownBy(this::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.storage.journal.passphrase is not set")
        .hasMessageContaining("AUTOTLS_STORAGE_JOURNAL_PASSPHRASE");
  }

  @Test
  void aValueThatMakesNoSenseIsNamedWithTheFile() {
    properties.put("autotls.challenge.plain.backlog", "many");

    assertThatThrownBy(this::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("autotls.challenge.plain.backlog (set by " + folder)
        .hasMessageContaining("it is a number from 1 to 1000");
  }

  @Test
  void whatAPlugInRefusesIsToldInItsWords() {
    properties.put("autotls.ca", "house:");
    assertThatThrownBy(this::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("write house:/etc/shop/ca.p12");

    properties.put("autotls.ca", "house:" + folder.resolve("ca.p12"));
    properties.put("autotls.ca.house.password", "wrong-s3cret");
    assertThatThrownBy(this::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("ca.p12 of the CA cannot be used")
        .hasMessageNotContaining("wrong-s3cret");
  }

  @Test
  void anIssuerThatIsNotThereHearsWhichAre() {
    properties.put("autotls.ca", "mouse");

    assertThatThrownBy(this::enable)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("plug-ins on the class path are house");
  }

  @Test
  void plugInsSeeTheirOwnSideOfAutoTlsOnly() throws Exception {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java/com"))) {
      List<String> seen =
          sources
              .filter(path -> path.toString().endsWith(".java"))
              .flatMap(ByNameAloneTest::lines)
              .filter(line -> line.startsWith("import io.autotls."))
              .filter(line -> !line.startsWith("import io.autotls.spi."))
              .toList();

      assertThat(seen).isEmpty();
    }
  }

  private static Stream<String> lines(Path source) {
    try {
      return Files.readAllLines(source).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private X509Certificate served(int port) throws Exception {
    KeyStore store =
        KeyStore.getInstance(folder.resolve("ca.p12").toFile(), PASSWORD.toCharArray());
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("ca", store.getCertificate("ca"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        SSLSocket socket =
            (SSLSocket) context.getSocketFactory().createSocket(plain, NAME, port, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(NAME)));
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private static Path shop() throws URISyntaxException {
    return Path.of(ByNameAloneTest.class.getResource("/Shop.java").toURI());
  }

  /** What the application would have there: no tests, and nothing to test with. */
  private static String modulePath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            path ->
                !path.matches(
                    ".*(test-classes|junit|assertj|byte-buddy|testing|opentest4j|apiguardian).*"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}

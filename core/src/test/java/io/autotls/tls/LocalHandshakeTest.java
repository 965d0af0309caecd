package io.autotls.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autotls.KeyType;
import io.autotls.LocalIssuer;
import io.autotls.internal.localca.LocalContext;
import io.autotls.internal.text.Keys;
import io.autotls.spi.Issuance;
import io.autotls.spi.Progress;
import io.autotls.storage.MemoryStorage;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Visitors that trust the exported root of a local CA, and check the name as HTTPS asks for. */
class LocalHandshakeTest {
  private static final List<String> NAMES = List.of("localhost", "127.0.0.1", "::1", "foo.test");
  private static final Duration UNTIL_SUCCESSION = Duration.ofDays(8 * 365 + 10);

  private final LocalIssuer issuer = LocalIssuer.create();
  private final Keyring keyring = new Keyring();
  private final TlsServer server =
      TlsServer.start(TlsServer.Kind.SOCKETS, KeyringSslContext.create(keyring));

  @BeforeEach
  void serve() throws Exception {
    issuer.start(new LocalContext(MemoryStorage.create(), now()));
    serveNewCertificate(issuer);
  }

  /** JSSE knows no other time. */
  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  private void serveNewCertificate(LocalIssuer issuer) throws Exception {
    KeyPair keys = Keys.generate(KeyType.EC_P256, new SecureRandom());
    Issuance work = Issuance.builder("spec", NAMES, keys).build();
    Progress.Issued issued = (Progress.Issued) issuer.advance(work);
    keyring.install("spec", NAMES, Credential.of(keys.getPrivate(), issued.chain()));
  }

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "::1", "foo.test"})
  void visitorsWhoTrustTheRootComeIn(String host) throws Exception {
    assertThat(visit(host, issuer.rootPem())).isEqualTo(TlsServer.GREETING);
  }

  @Test
  void theNameIsChecked() {
    assertThatThrownBy(() -> visit("bar.test", issuer.rootPem()))
        .isInstanceOf(SSLHandshakeException.class)
        .hasMessageContaining("bar.test");
  }

  @Test
  void whoTrustsTheRootOfAnotherStorageStaysOutside() throws Exception {
    LocalIssuer other = LocalIssuer.create();
    other.start(new LocalContext(MemoryStorage.create(), Instant.now()));
    String pem = other.rootPem();

    assertThatThrownBy(() -> visit("localhost", pem)).isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void theFormerRootAndTheNextOneBothLeadIn() throws Exception {
    LocalIssuer old = LocalIssuer.create();
    LocalContext longAgo = new LocalContext(MemoryStorage.create(), now().minus(UNTIL_SUCCESSION));
    old.start(longAgo);
    String former = old.rootPem();
    longAgo.advance(UNTIL_SUCCESSION);
    serveNewCertificate(old);
    String both = old.rootPem();
    String next = both.substring(0, both.length() - former.length());

    assertThat(both).endsWith(former);
    assertThat(visit("localhost", former)).isEqualTo(TlsServer.GREETING);
    assertThat(visit("localhost", next)).isEqualTo(TlsServer.GREETING);
    assertThat(visit("localhost", both)).isEqualTo(TlsServer.GREETING);
  }

  private int visit(String host, String pem) throws Exception {
    Socket tcp = new Socket(InetAddress.getLoopbackAddress(), server.port());
    tcp.setSoTimeout(20_000);
    try (SSLSocket socket =
        (SSLSocket) trusting(pem).getSocketFactory().createSocket(tcp, host, server.port(), true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getInputStream().read();
    }
  }

  private static SSLContext trusting(String pem) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    int number = 0;
    for (Certificate root :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
      trusted.setCertificateEntry("root" + number++, root);
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }
}

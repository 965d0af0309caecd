package io.autotls.testing.ca;

import io.autotls.testing.ca.internal.http.HttpsServer;
import io.autotls.testing.ca.internal.pki.CertificateFactory;
import io.autotls.testing.ca.internal.pki.SigningKey;
import io.autotls.testing.ca.internal.pki.Tls;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * The certificate of the CA's own HTTPS, and what may be wrong with it. A change ends all open
 * connections. See {@link TestCa#https()}.
 */
public final class HttpsScript {
  private static final Instant LONG_AGO = Instant.parse("2001-01-01T00:00:00Z");

  private final CertificateFactory factory;
  private final SigningKey root;
  private final List<HttpsServer> servers;

  HttpsScript(CertificateFactory factory, SigningKey root, List<HttpsServer> servers) {
    this.factory = factory;
    this.root = root;
    this.servers = List.copyOf(servers);
  }

  /** Shows a certificate for localhost and 127.0.0.1 below {@link TestCa#httpsRoot()} again. */
  public void intact() {
    show(() -> Tls.server(factory, root));
  }

  /** Shows a certificate that expired long ago. */
  public void expired() {
    show(() -> Tls.server(factory, root, names("localhost"), LONG_AGO));
  }

  /** Shows a certificate for another host. */
  public void wrongHost() {
    show(() -> Tls.server(factory, root, names("elsewhere.test"), end()));
  }

  /** Shows a certificate below a root that nobody knows. */
  public void untrusted() {
    show(() -> Tls.server(factory, factory.root("AutoTls Test Impostor")));
  }

  private Instant end() {
    return root.certificate().getNotAfter().toInstant();
  }

  private static List<GeneralName> names(String name) {
    return List.of(new GeneralName(GeneralName.dNSName, name));
  }

  /** Makes a context. */
  private interface Maker {
    SSLContext make() throws GeneralSecurityException, IOException;
  }

  private void show(Maker maker) {
    try {
      SSLContext context = maker.make();
      servers.forEach(server -> server.identity(context));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this JVM cannot make an SSLContext", e);
    }
  }
}

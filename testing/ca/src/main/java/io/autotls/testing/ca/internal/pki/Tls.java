package io.autotls.testing.ca.internal.pki;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;

/** TLS contexts: of the CA's own server, of clients which trust somebody, and of validators. */
public final class Tls {
  private Tls() {}

  /** A server context for localhost and 127.0.0.1 below {@code root}. */
  public static SSLContext server(CertificateFactory factory, SigningKey root)
      throws GeneralSecurityException, IOException {
    List<GeneralName> names =
        List.of(
            new GeneralName(GeneralName.dNSName, "localhost"),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    return server(factory, root, names, root.certificate().getNotAfter().toInstant());
  }

  /** A server context for these names below {@code root}, with a certificate that ends then. */
  public static SSLContext server(
      CertificateFactory factory, SigningKey root, List<GeneralName> names, Instant until)
      throws GeneralSecurityException, IOException {
    KeyPair pair = factory.keyPair();
    X509Certificate leaf = factory.leaf(root, pair.getPublic(), names, Instant.EPOCH, until);
    KeyStore store = emptyStore();
    char[] password = new char[0];
    store.setKeyEntry(
        "server", pair.getPrivate(), password, new X509Certificate[] {leaf, root.certificate()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    return context(keys.getKeyManagers(), null);
  }

  /** A client context with these trust anchors and no others. */
  public static SSLContext trusting(List<X509Certificate> anchors)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (X509Certificate anchor : anchors) {
      store.setCertificateEntry("root-" + store.size(), anchor);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return context(null, trust.getTrustManagers());
  }

  /**
   * A client context which looks at certificates only afterwards. For validators: who asks for a
   * certificate cannot have a trusted one yet, and redirects are followed without (RFC 8555 §8.3).
   */
  public static SSLContext validator() throws GeneralSecurityException {
    return context(null, new TrustManager[] {new AnyCertificate()});
  }

  public static String pem(X509Certificate certificate) throws GeneralSecurityException {
    String text =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
    return "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n";
  }

  /** A private key in PKCS#8, for files where it does not belong. */
  public static String pem(PrivateKey key) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
  }

  private static SSLContext context(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust, new SecureRandom());
    return context;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

package io.autotls.examples;

import io.autotls.tls.Credential;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Somebody who visits the application and verifies what a browser would: the chain, the dates, the
 * name. Connects to this machine, whatever the DNS says of the name, with a new handshake for every
 * visit.
 */
final class Visitor implements AutoCloseable {
  private final String host;
  private final X509TrustManager trust;
  private final OkHttpClient client;
  private final Request request;

  /**
   * Creates a visitor.
   *
   * @param roots trusted besides those of the JVM
   * @param handedOver what the CA handed over: where its root is not public, as with a staging CA,
   *     the top of that chain is trusted, since it came over the CA's own verified HTTPS
   */
  Visitor(String host, int port, List<X509Certificate> roots, Credential handedOver) {
    this.host = host;
    this.request = new Request.Builder().url("https://" + host + ":" + port + "/").build();
    List<X509Certificate> anchors = new ArrayList<>(roots);
    List<X509Certificate> chain = handedOver.chain();
    if (chain.size() > 1) {
      anchors.add(chain.get(chain.size() - 1));
    }
    try {
      this.trust = trust(anchors);
      this.client =
          new OkHttpClient.Builder()
              .dns(name -> List.of(InetAddress.getLoopbackAddress()))
              .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS))
              .followRedirects(false)
              .callTimeout(Duration.ofSeconds(10))
              .build();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot build a client", e);
    }
  }

  String host() {
    return host;
  }

  /** Makes one request; returns the certificate that was presented, which was verified. */
  X509Certificate visit() throws IOException {
    try (Response response = stranger().newCall(request).execute()) {
      if (!response.isSuccessful()) {
        throw new IOException("status " + response.code());
      }
      response.body().bytes();
      return (X509Certificate) response.handshake().peerCertificates().get(0);
    }
  }

  /**
   * Somebody who was never here: a TLS session that is resumed would show the certificate of
   * before.
   */
  private OkHttpClient stranger() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trust}, null);
      return client.newBuilder().sslSocketFactory(context.getSocketFactory(), trust).build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  private static X509TrustManager trust(List<X509Certificate> more)
      throws GeneralSecurityException, IOException {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    int number = 0;
    for (X509Certificate root : publicRoots()) {
      anchors.setCertificateEntry("public-" + number++, root);
    }
    for (X509Certificate root : more) {
      anchors.setCertificateEntry("more-" + number++, root);
    }
    return trustManager(anchors);
  }

  private static List<X509Certificate> publicRoots() throws GeneralSecurityException {
    return Arrays.asList(trustManager(null).getAcceptedIssuers());
  }

  private static X509TrustManager trustManager(KeyStore anchors) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  @Override
  public void close() {
    client.connectionPool().evictAll();
    client.dispatcher().executorService().shutdown();
  }
}

package io.autotls.tomcat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionPool;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/** A client that finds every host on this machine, trusts everyone, and tells what it was shown. */
final class Visitor {
  private static final String LEAF = "Visitor-Leaf";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SSLContext context;
  private final OkHttpClient http;

  Visitor() {
    this(Protocol.HTTP_2, Protocol.HTTP_1_1);
  }

  Visitor(Protocol... protocols) {
    TrustEveryone trust = new TrustEveryone();
    try {
      context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trust}, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    http =
        new OkHttpClient.Builder()
            .sslSocketFactory(context.getSocketFactory(), trust)
            .hostnameVerifier((host, session) -> true)
            .dns(host -> List.of(InetAddress.getLoopbackAddress()))
            .protocols(List.of(protocols))
            .followRedirects(false)
            .addNetworkInterceptor(Visitor::noteLeaf)
            .callTimeout(PATIENCE)
            .build();
  }

  /** The subject of the certificate that was shown on the connection of this response. */
  static String leafOf(Response response) {
    return response.header(LEAF);
  }

  private static Response noteLeaf(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    if (!(chain.connection().socket() instanceof SSLSocket socket)) {
      return response;
    }
    X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return response.newBuilder().header(LEAF, leaf.getSubjectX500Principal().getName()).build();
  }

  /** A visitor with the same settings but no connection yet. */
  OkHttpClient unconnected() {
    return http.newBuilder().connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS)).build();
  }

  Response get(String url) throws IOException {
    return send(new Request.Builder().url(url).build());
  }

  Response send(Request request) throws IOException {
    return http.newCall(request).execute();
  }

  /** What a full handshake or a resumed one showed. */
  Shown handshake(int port, Offer offer) throws IOException {
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        SSLSocket socket =
            (SSLSocket) context.getSocketFactory().createSocket(plain, offer.host, port, true)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(offer.host)));
      parameters.setApplicationProtocols(offer.alpn.toArray(String[]::new));
      parameters.setProtocols(new String[] {offer.version});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      byte[] rest =
          List.of(socket.getApplicationProtocol()).contains("acme-tls/1")
              ? socket.getInputStream().readAllBytes()
              : new byte[0];
      return new Shown(
          leaf,
          socket.getApplicationProtocol(),
          new String(rest, StandardCharsets.ISO_8859_1),
          socket.getSession().getCreationTime());
    }
  }

  /** What a client says in its ClientHello. */
  record Offer(String host, String version, List<String> alpn) {
    static Offer tls13(String host, String... alpn) {
      return new Offer(host, "TLSv1.3", List.of(alpn));
    }

    static Offer tls12(String host, String... alpn) {
      return new Offer(host, "TLSv1.2", List.of(alpn));
    }
  }

  /** What the server showed. */
  record Shown(X509Certificate leaf, String protocol, String data, long sessionCreated) {}

  private static final class TrustEveryone implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

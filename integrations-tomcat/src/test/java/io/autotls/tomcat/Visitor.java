package io.autotls.tomcat;

import io.autotls.tls.Credential;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
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
  private final Supplier<Socket> sockets;
  private final OkHttpClient http;

  Visitor() {
    this(Protocol.HTTP_2, Protocol.HTTP_1_1);
  }

  Visitor(Protocol... protocols) {
    this(context(new KeyManager[0]), Socket::new, protocols);
  }

  private Visitor(SSLContext context, Supplier<Socket> sockets, Protocol... protocols) {
    this.context = context;
    this.sockets = sockets;
    http =
        new OkHttpClient.Builder()
            .sslSocketFactory(context.getSocketFactory(), new TrustEveryone())
            .hostnameVerifier((host, session) -> true)
            .dns(host -> List.of(InetAddress.getLoopbackAddress()))
            .protocols(List.of(protocols))
            .followRedirects(false)
            .addNetworkInterceptor(Visitor::noteLeaf)
            .callTimeout(PATIENCE)
            .build();
  }

  /** A visitor who shows a certificate if asked for one. */
  static Visitor as(Credential credential) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "visitor",
        credential.privateKey(),
        new char[0],
        credential.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    return new Visitor(context(keys.getKeyManagers()), Socket::new, Protocol.HTTP_1_1);
  }

  /** A visitor whose messages arrive byte by byte. */
  static Visitor inSmallPieces() {
    return new Visitor(context(new KeyManager[0]), ByteByByte::new, Protocol.HTTP_1_1);
  }

  /** What the server answers to a text without TLS. */
  static String say(int port, String text) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static SSLContext context(KeyManager[] keys) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, new TrustManager[] {new TrustEveryone()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
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

  /**
   * What a full handshake or a resumed one showed. Speaks http/1.1 afterwards unless something else
   * was negotiated, so that tickets for the next time arrive.
   */
  Shown handshake(int port, Offer offer) throws IOException {
    try (Socket plain = sockets.get()) {
      plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      plain.setTcpNoDelay(true);
      plain.setSoTimeout((int) PATIENCE.toMillis());
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, offer.host, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(offer.host)));
      parameters.setApplicationProtocols(offer.alpn.toArray(String[]::new));
      parameters.setProtocols(new String[] {offer.version});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return new Shown(
          (X509Certificate) socket.getSession().getPeerCertificates()[0],
          socket.getApplicationProtocol(),
          talk(socket, offer.host),
          socket.getSession().getCreationTime());
    }
  }

  private static String talk(SSLSocket socket, String host) throws IOException {
    String protocol = socket.getApplicationProtocol();
    if (protocol.equals("h2")) {
      return "";
    }
    if (!protocol.equals("acme-tls/1")) {
      String request = "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
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

  private static final class ByteByByte extends Socket {
    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()); // writes single bytes
    }
  }

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

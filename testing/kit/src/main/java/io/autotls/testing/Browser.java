package io.autotls.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * A visitor who speaks HTTP/2 and keeps connections open, as browsers do. Finds every host on this
 * machine, trusts everyone, follows no redirect, and tells what it was shown.
 */
public final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final OkHttpClient client;

  private Browser(List<Protocol> protocols) {
    TrustsEverybody trust = new TrustsEverybody();
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trust}, null);
      client =
          new OkHttpClient.Builder()
              .sslSocketFactory(context.getSocketFactory(), trust)
              .hostnameVerifier((host, session) -> true)
              .dns(host -> List.of(InetAddress.getLoopbackAddress()))
              .protocols(protocols)
              .followRedirects(false)
              .addNetworkInterceptor(Browser::noteLeaf)
              .callTimeout(PATIENCE)
              .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform has no TLS", e);
    }
  }

  /** A browser for HTTP/2 and HTTP/1.1. */
  public static Browser open() {
    return new Browser(List.of(Protocol.HTTP_2, Protocol.HTTP_1_1));
  }

  /** A browser that has never heard of HTTP/2. */
  public static Browser ofHttp11() {
    return new Browser(List.of(Protocol.HTTP_1_1));
  }

  /**
   * An answer.
   *
   * @param protocol {@code h2} or {@code http/1.1}
   * @param cipherSuite null without TLS
   * @param leaf what the connection showed when it was opened; null without TLS
   */
  public record Answer(
      int status,
      String protocol,
      List<Field> fields,
      String body,
      @Nullable String cipherSuite,
      @Nullable X509Certificate leaf) {
    /** The value of a header field, by its name in any case of letters. */
    public Optional<String> header(String name) {
      return fields.stream()
          .filter(field -> field.name().equals(name.toLowerCase(Locale.ROOT)))
          .map(Field::value)
          .findFirst();
    }
  }

  /** A field of a header; its name is in lower case. */
  public record Field(String name, String value) {}

  /** Sends {@code GET}. */
  public Answer get(String url) throws IOException {
    return send(new Request.Builder().url(url).build());
  }

  /** Sends {@code HEAD}. */
  public Answer head(String url) throws IOException {
    return send(new Request.Builder().url(url).head().build());
  }

  /** Sends {@code POST}. */
  public Answer post(String url, String body) throws IOException {
    return send(new Request.Builder().url(url).post(RequestBody.create(body, null)).build());
  }

  private Answer send(Request request) throws IOException {
    Shown shown = new Shown();
    Request noted = request.newBuilder().tag(Shown.class, shown).build();
    try (Response response = client.newCall(noted).execute()) {
      return new Answer(
          response.code(),
          response.protocol().toString(),
          fields(response.headers()),
          response.body().string(),
          response.handshake() == null ? null : response.handshake().cipherSuite().javaName(),
          shown.leaf);
    }
  }

  /** Forgets its connections: the next request opens one. */
  public void disconnect() {
    client.connectionPool().evictAll();
  }

  @Override
  public void close() {
    disconnect();
    client.dispatcher().executorService().shutdown();
  }

  /** What a request was shown: OkHttp itself forgets a chain that nobody verified. */
  private static final class Shown {
    private volatile @Nullable X509Certificate leaf; // null without TLS
  }

  private static Response noteLeaf(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    Shown shown = chain.request().tag(Shown.class);
    if (shown != null && chain.connection().socket() instanceof SSLSocket socket) {
      shown.leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
    return response;
  }

  private static List<Field> fields(Headers headers) {
    return headers.names().stream()
        .flatMap(name -> headers.values(name).stream().map(value -> field(name, value)))
        .toList();
  }

  private static Field field(String name, String value) {
    return new Field(name.toLowerCase(Locale.ROOT), value);
  }
}

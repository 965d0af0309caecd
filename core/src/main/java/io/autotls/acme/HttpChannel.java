package io.autotls.acme;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.InstantSource;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTPS to the CA: headers, bounds, deadlines, and what a broken connection means. Knows nothing of
 * signatures.
 */
final class HttpChannel implements AutoCloseable {
  static final int MAX_BODY_BYTES = 1024 * 1024;
  static final String JSON = "application/json, application/problem+json;q=0.9";

  private static final Logger log = LoggerFactory.getLogger(AcmeClient.class);
  private static final MediaType JOSE = MediaType.get("application/jose+json");

  private final Supplier<OkHttpClient.Builder> settings;
  private final Headers headers;
  private final InstantSource clock;
  private @Nullable Clients clients; // guarded by this; null until the first request
  private volatile boolean closed;

  HttpChannel(Supplier<OkHttpClient.Builder> settings, Headers headers, InstantSource clock) {
    this.settings = settings;
    this.headers = headers;
    this.clock = clock;
  }

  Reply get(URI url) throws AcmeException {
    return idempotent("GET", url);
  }

  Reply head(URI url) throws AcmeException {
    return idempotent("HEAD", url);
  }

  Reply post(URI url, byte[] jws, String accept) throws AcmeException {
    Request.Builder request = request(url).header("Accept", accept).post(new SignedBody(jws));
    return exchange(clients().posting, "POST", url, request);
  }

  /**
   * Begins anew with fresh connections. After an answer that made no sense: it may have been that
   * of another request, and then all later ones on its connection would be off by one as well.
   */
  synchronized void forgetConnections() {
    if (clients != null) {
      clients.posting.connectionPool().evictAll();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (clients != null) {
      OkHttpClient client = clients.posting; // the other has the same dispatcher and the same pool
      client.dispatcher().cancelAll();
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }

  /** Made late: an application whose certificates are all there never needs it. */
  private synchronized Clients clients() {
    if (closed) {
      throw new IllegalStateException("the ACME client is closed");
    }
    if (clients == null) {
      OkHttpClient posting =
          settings
              .get()
              // OkHttp would send the same bytes, and with them the same nonce, a second time.
              .retryOnConnectionFailure(false)
              .followRedirects(false)
              .followSslRedirects(false)
              .eventListenerFactory(HttpChannel::eventListener)
              .build();
      clients = new Clients(posting, posting.newBuilder().followRedirects(true).build());
    }
    return clients;
  }

  /** Signed requests never follow a redirect: the signature covers the URL. */
  private record Clients(OkHttpClient posting, OkHttpClient getting) {}

  private Reply idempotent(String method, URI url) throws AcmeException {
    Request.Builder request = request(url).header("Accept", JSON).method(method, null);
    try {
      return exchange(clients().getting, method, url, request);
    } catch (AcmeNetworkException e) {
      if (!e.isStaleConnection()) {
        throw e;
      }
      return exchange(clients().getting, method, url, request);
    }
  }

  private Request.Builder request(URI url) {
    if (!Urls.isHttps(url)) { // one that was stored, or came from elsewhere: answers are checked
      throw new IllegalArgumentException(
          "a CA is asked over https only, not at " + Urls.withoutQuery(url));
    }
    return new Request.Builder().url(url.toString()).headers(headers);
  }

  private Reply exchange(OkHttpClient client, String method, URI url, Request.Builder request)
      throws AcmeException {
    Attempt attempt = new Attempt();
    Call call = client.newCall(request.tag(Attempt.class, attempt).build());
    try (Response response = call.execute()) {
      byte[] body = method.equals("HEAD") ? new byte[0] : boundedBody(response);
      Reply reply =
          new Reply(method, url, response.code(), response.headers(), body, clock.instant());
      log.debug("{} {}: {}", method, Urls.withoutQuery(url), response.code());
      return reply;
    } catch (BodyTooLongException e) {
      throw new AcmeServerException(
          "The answer of "
              + url.getHost()
              + " to "
              + method
              + " "
              + url.getRawPath()
              + " has more than 1 MiB; nothing of it is used.",
          url,
          e.status,
          null,
          null);
    } catch (IOException e) {
      AcmeNetworkException failure = networkFailure(method, url, attempt, e);
      log.debug("{}", failure.getMessage());
      throw failure;
    }
  }

  /** Reads what is there, and not a byte more than the bound, however well it was compressed. */
  private static byte[] boundedBody(Response response) throws IOException {
    BufferedSource source = response.body().source();
    if (source.request(MAX_BODY_BYTES + 1L)) {
      throw new BodyTooLongException(response.code());
    }
    return source.getBuffer().readByteArray();
  }

  private AcmeNetworkException networkFailure(
      String method, URI url, Attempt attempt, IOException e) {
    AcmeNetworkException.Kind kind =
        closed ? AcmeNetworkException.Kind.CANCELLED : kind(e, attempt);
    String message =
        "No answer from " + url.getHost() + " to " + method + " " + url.getRawPath() + ": ";
    return new AcmeNetworkException(
        kind, !attempt.connecting, message + explain(kind, e, url), url, e);
  }

  private static AcmeNetworkException.Kind kind(IOException e, Attempt attempt) {
    if (e instanceof SSLPeerUnverifiedException || hasCause(e, CertificateException.class)) {
      return AcmeNetworkException.Kind.UNTRUSTED;
    }
    if (e instanceof SocketTimeoutException
        || (e instanceof InterruptedIOException && "timeout".equals(e.getMessage()))) {
      return AcmeNetworkException.Kind.TIMEOUT;
    }
    if (e instanceof InterruptedIOException) {
      return AcmeNetworkException.Kind.CANCELLED;
    }
    boolean neverConnected = attempt.connecting && !attempt.connected;
    if (e instanceof UnknownHostException
        || e instanceof ConnectException
        || e instanceof NoRouteToHostException
        || neverConnected) {
      return AcmeNetworkException.Kind.UNREACHABLE;
    }
    return AcmeNetworkException.Kind.BROKEN;
  }

  private static String explain(AcmeNetworkException.Kind kind, IOException e, URI url) {
    return switch (kind) {
      case UNREACHABLE -> "it cannot be reached (" + e.getMessage() + "). Nothing was asked.";
      case UNTRUSTED ->
          "its HTTPS certificate is not trusted ("
              + e.getMessage()
              + "). Nothing was asked. If "
              + url.getHost()
              + " is a private CA, hand the root of its HTTPS certificate to trustedRoots; if it"
              + " is a public one, look at the JVM's trust store, a proxy that intercepts TLS,"
              + " and the clock of this machine.";
      case TIMEOUT -> "it took too long. The request may have been executed.";
      case BROKEN -> "the connection broke (" + e + "). The request may have been executed.";
      case CANCELLED -> "the call was cancelled. The request may have been executed.";
    };
  }

  private static boolean hasCause(Throwable error, Class<? extends Throwable> type) {
    Throwable cause = error;
    for (int i = 0; i < 10 && cause != null; i++, cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static EventListener eventListener(Call call) {
    Attempt attempt = call.request().tag(Attempt.class);
    return attempt == null ? EventListener.NONE : attempt;
  }

  /** Remembers whether a call had a connection made for it, or got one from the pool. */
  private static final class Attempt extends EventListener {
    private volatile boolean connecting;
    private volatile boolean connected;

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
      connecting = true;
    }

    @Override
    public void connectionAcquired(Call call, Connection connection) {
      connected = true;
    }
  }

  /** One-shot: so OkHttp does not send it again after 503 with {@code Retry-After: 0} or 421. */
  private static final class SignedBody extends RequestBody {
    private final byte[] jws;

    SignedBody(byte[] jws) {
      this.jws = jws;
    }

    @Override
    public MediaType contentType() {
      return JOSE;
    }

    @Override
    public long contentLength() {
      return jws.length;
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      sink.write(jws);
    }
  }

  private static final class BodyTooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    BodyTooLongException(int status) {
      this.status = status;
    }
  }
}

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
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
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
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final int MAX_REDIRECTS = 3;
  private static final MediaType JOSE = MediaType.get("application/jose+json");

  private final Supplier<OkHttpClient.Builder> settings;
  private final Headers headers;
  private final InstantSource clock;
  private final ServerClock serverClock;
  private @Nullable OkHttpClient client; // guarded by this; null until the first request
  private volatile boolean closed;

  HttpChannel(
      Supplier<OkHttpClient.Builder> settings,
      Headers headers,
      InstantSource clock,
      ServerClock serverClock) {
    this.settings = settings;
    this.headers = headers;
    this.clock = clock;
    this.serverClock = serverClock;
  }

  Reply get(URI url) throws AcmeException {
    return idempotent("GET", url, Redirects.WITHIN_ORIGIN);
  }

  Reply head(URI url) throws AcmeException {
    return idempotent("HEAD", url, Redirects.WITHIN_ORIGIN);
  }

  /** Asks for what a person named by its URL, and what may have moved to another host since. */
  Reply getWhereverItIs(URI url) throws AcmeException {
    return idempotent("GET", url, Redirects.ANYWHERE);
  }

  Reply post(URI url, byte[] jws, String accept) throws AcmeException {
    Request.Builder request = request(url).header("Accept", accept).post(new SignedBody(jws));
    return exchange("POST", url, request);
  }

  /**
   * Begins anew with fresh connections. After an answer that made no sense: it may have been that
   * of another request, and then all later ones on its connection would be off by one as well.
   */
  synchronized void forgetConnections() {
    if (client != null) {
      client.connectionPool().evictAll();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (client != null) {
      client.dispatcher().cancelAll();
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }

  /** Made late: an application whose certificates are all there never needs it. */
  private synchronized OkHttpClient client() {
    if (closed) {
      throw new IllegalStateException("the ACME client is closed");
    }
    if (client == null) {
      client =
          settings
              .get()
              // OkHttp would send the same bytes, and with them the same nonce, a second time.
              .retryOnConnectionFailure(false)
              // It would follow twenty of them, to whatever host, and over plain HTTP.
              .followRedirects(false)
              .followSslRedirects(false)
              .eventListenerFactory(HttpChannel::eventListener)
              .build();
    }
    return client;
  }

  /** Where a request may be sent on to. Signed ones never are: the signature covers the URL. */
  private enum Redirects {
    /** To any host; https only. */
    ANYWHERE,
    /** Not to another host or port: what a CA names stays what it named. */
    WITHIN_ORIGIN
  }

  /** Follows a few redirects, and ends where they lead in a circle. */
  private Reply idempotent(String method, URI url, Redirects redirects) throws AcmeException {
    Set<URI> asked = new HashSet<>();
    URI at = url;
    while (true) {
      asked.add(at);
      Reply reply = askTwice(method, at);
      if (!REDIRECTS.contains(reply.status())) {
        return reply.askedAs(url);
      }
      URI next = reply.location();
      if (next == null) {
        throw Refusals.ofRedirect(reply, "to nothing that is an https URL");
      }
      if (redirects == Redirects.WITHIN_ORIGIN && !Urls.isSameOrigin(next, url)) {
        throw Refusals.ofRedirect(reply, "to another host, " + next.getHost());
      }
      if (asked.contains(next)) {
        throw Refusals.ofRedirect(reply, "that leads in a circle");
      }
      if (asked.size() > MAX_REDIRECTS) {
        throw Refusals.ofRedirect(reply, "after " + MAX_REDIRECTS + " others");
      }
      at = next;
    }
  }

  /** Once more if a pooled connection turns out to be dead. */
  private Reply askTwice(String method, URI url) throws AcmeException {
    Request.Builder request = request(url).header("Accept", JSON).method(method, null);
    try {
      return exchange(method, url, request);
    } catch (AcmeNetworkException e) {
      if (!e.isStaleConnection()) {
        throw e;
      }
      return exchange(method, url, request);
    }
  }

  private Request.Builder request(URI url) {
    if (!Urls.isHttps(url)) { // one that was stored, or came from elsewhere: answers are checked
      throw new IllegalArgumentException(
          "a CA is asked over https only, not at " + Urls.withoutQuery(url));
    }
    return new Request.Builder().url(url.toString()).headers(headers);
  }

  private Reply exchange(String method, URI url, Request.Builder request) throws AcmeException {
    Attempt attempt = new Attempt();
    Call call = client().newCall(request.tag(Attempt.class, attempt).build());
    Instant sent = clock.instant();
    try (Response response = call.execute()) {
      byte[] body = method.equals("HEAD") ? new byte[0] : boundedBody(response);
      Instant received = clock.instant();
      Reply reply = new Reply(method, url, response.code(), response.headers(), body, received);
      serverClock.heard(response.headers(), sent, received);
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
        kind, !attempt.connecting, message + explain(kind, e, url, attempt), url, e);
  }

  private static AcmeNetworkException.Kind kind(IOException e, Attempt attempt) {
    if (hasCause(e, Proxies.RefusedException.class)) {
      return AcmeNetworkException.Kind.PROXY_REFUSED;
    }
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

  private static String explain(
      AcmeNetworkException.Kind kind, IOException e, URI url, Attempt attempt) {
    return switch (kind) {
      case UNREACHABLE ->
          "it cannot be reached"
              + attempt.through()
              + " ("
              + e.getMessage()
              + "). Nothing was asked.";
      case PROXY_REFUSED ->
          "the proxy"
              + attempt.proxyAddress()
              + " "
              + e.getMessage()
              + ". Nothing was asked. Name them in HTTPS_PROXY, as in"
              + " http://user:password@proxy:3128 with what is special in a password"
              + " percent-encoded, or by java.net.Authenticator.setDefault.";
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
    private volatile @Nullable Proxy proxy; // null before a connection was begun
    private volatile boolean connected;

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
      connecting = true;
      this.proxy = proxy;
    }

    String through() {
      Proxy last = proxy;
      return last == null || last.type() == Proxy.Type.DIRECT
          ? ""
          : " through the proxy" + proxyAddress();
    }

    String proxyAddress() {
      Proxy last = proxy;
      return last != null && last.address() instanceof InetSocketAddress address
          ? " " + address.getHostString() + ":" + address.getPort()
          : "";
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

package io.autotls.acme;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.KeyPair;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one CA: GET where the protocol has it, signed POST for everything else, one nonce for each
 * try, and every try signed anew.
 */
final class Transport {
  /** No answer of a CA is larger; what is, is not read. */
  private static final int MAX_BODY = 1 << 20;

  /**
   * A CA that refuses nine nonces in ten, as Pebble can be told to, lets 130 tries fail once in a million
   * requests; one that refuses half of them is through after a few.
   */
  private static final int MAX_NONCE_TRIES = 130;

  private static final MediaType JOSE = MediaType.get("application/jose+json");
  private static final String NONCE = "Replay-Nonce";
  static final String ANY = "*/*";
  static final String PEM_CHAIN = "application/pem-certificate-chain";

  private final OkHttpClient http;
  private final InstantSource clock;
  private final String userAgent;
  private final NoncePool nonces;

  Transport(OkHttpClient http, InstantSource clock, String userAgent) {
    this.http = http;
    this.clock = clock;
    this.userAgent = userAgent;
    this.nonces = new NoncePool(clock);
  }

  Answer get(URI url) throws AcmeException {
    Answer answer = execute(request(url, ANY).get().build(), url);
    if (!answer.isSuccess()) {
      throw answer.failure();
    }
    return answer;
  }

  /** Who signs a request: a key, and the account that it belongs to; null for the key itself. */
  record Signer(KeyPair key, @Nullable URI account) {}

  /**
   * Posts a signed request. {@code badNonce} is answered with the nonce that came with it (§6.5); an idle
   * connection that the CA had closed is answered with a new one, where repeating does no harm.
   *
   * @param payload empty for POST-as-GET
   */
  Answer post(Directory directory, Signer signer, URI url, String payload, String accept)
      throws AcmeException {
    String nonce = null;
    boolean reconnected = false;
    for (int tries = 1; ; tries++) {
      String fresh = nonce != null ? nonce : nonce(directory);
      String body = Jws.sign(signer.key(), signer.account(), fresh, url, payload);
      Answer answer;
      try {
        answer = execute(post(url, body, accept), url);
      } catch (AcmeNetworkException e) {
        if (!reconnected && payload.isEmpty() && e.isStaleConnection()) {
          reconnected = true;
          continue;
        }
        throw e;
      }
      if (!isBadNonce(answer) || tries >= MAX_NONCE_TRIES) {
        nonces.add(answer.header(NONCE));
        if (!answer.isSuccess()) {
          throw answer.failure();
        }
        return answer;
      }
      // The error brings its own nonce and wants that one back; a pooled one may be refused again.
      nonce = answer.header(NONCE);
    }
  }

  private static boolean isBadNonce(Answer answer) {
    if (answer.status() != 400) {
      return false;
    }
    Problem problem = answer.problem();
    return problem != null && problem.type() == ProblemType.BAD_NONCE;
  }

  private String nonce(Directory directory) throws AcmeException {
    Optional<String> pooled = nonces.take();
    if (pooled.isPresent()) {
      return pooled.get();
    }
    URI url = directory.newNonce();
    Answer head = execute(request(url, ANY).head().build(), url);
    nonces.add(head.header(NONCE));
    pooled = nonces.take();
    if (pooled.isPresent()) {
      return pooled.get();
    }
    Answer get = get(url); // for CAs that do not know HEAD (§7.2 has both)
    nonces.add(get.header(NONCE));
    return nonces
        .take()
        .orElseThrow(() -> get.nonsense(new MalformedAnswerException("it has no nonce")));
  }

  private Request.Builder request(URI url, String accept) {
    return new Request.Builder()
        .url(url.toString())
        .header("User-Agent", userAgent)
        .header("Accept-Language", "en")
        .header("Accept", accept);
  }

  private Request post(URI url, String body, String accept) {
    byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8); // so that no charset is added
    return request(url, accept).post(RequestBody.create(bytes, JOSE)).build();
  }

  private Answer execute(Request request, URI url) throws AcmeNetworkException, AcmeServerException {
    ConnectionWatch watch = new ConnectionWatch();
    try (Response response =
        http.newCall(request.newBuilder().tag(ConnectionWatch.class, watch).build()).execute()) {
      return new Answer(
          url, response.code(), response.headers(), body(response, url), clock.instant());
    } catch (IOException e) {
      throw failure(e, url, watch.wasPooled());
    }
  }

  private static byte[] body(Response response, URI url) throws IOException, AcmeServerException {
    BufferedSource source = response.body().source();
    if (source.request(MAX_BODY + 1L)) {
      throw new AcmeServerException(
          url.getHost() + " answered with more than 1 MiB; it was not read", url, response.code(), null, null);
    }
    return source.readByteArray();
  }

  private static AcmeNetworkException failure(IOException e, URI url, boolean wasPooled) {
    AcmeNetworkException.Kind kind = kind(e);
    String host = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    String what =
        switch (kind) {
          case UNTRUSTED -> "the certificate of " + host + " is not trusted";
          case UNREACHABLE -> "cannot connect to " + host;
          case TIMEOUT -> host + " did not answer in time";
          case CANCELLED -> "the request to " + host + " was cancelled";
          case BROKEN -> "the connection to " + host + " broke";
        };
    return new AcmeNetworkException(kind, wasPooled, what + " (" + e.getMessage() + ")", url, e);
  }

  private static AcmeNetworkException.Kind kind(IOException e) {
    if (e instanceof SSLHandshakeException || e instanceof SSLPeerUnverifiedException) {
      return AcmeNetworkException.Kind.UNTRUSTED;
    } else if (e instanceof UnknownHostException
        || e instanceof ConnectException
        || e instanceof NoRouteToHostException) {
      return AcmeNetworkException.Kind.UNREACHABLE;
    } else if (e instanceof InterruptedIOException) {
      return Thread.currentThread().isInterrupted()
          ? AcmeNetworkException.Kind.CANCELLED
          : AcmeNetworkException.Kind.TIMEOUT;
    }
    return "Canceled".equals(e.getMessage())
        ? AcmeNetworkException.Kind.CANCELLED
        : AcmeNetworkException.Kind.BROKEN;
  }
}

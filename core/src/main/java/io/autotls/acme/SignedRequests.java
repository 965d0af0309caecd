package io.autotls.acme;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Signed POSTs with a nonce each (RFC 8555 §6.2 to §6.5). A request whose nonce was refused is
 * signed again, with the nonce of the refusal; no body is ever sent twice.
 */
final class SignedRequests {
  /**
   * At 90 % refused nonces, which test servers do on purpose, 150 tries all fail once in seven
   * million requests (0.9^150). A CA that refuses at random does so far more rarely, and one that
   * refuses always is stopped by {@link #MAX_NONCE_TIME} as well.
   */
  static final int MAX_NONCE_TRIES = 150;

  /** No new try after this; one at a normal pace takes a fraction of a second. */
  static final Duration MAX_NONCE_TIME = Duration.ofSeconds(30);

  private final HttpChannel http;
  private final DirectoryCache directory;
  private final NoncePool nonces;
  private final Repeats repeats;
  private final InstantSource clock;

  SignedRequests(
      HttpChannel http,
      DirectoryCache directory,
      Repeats repeats,
      NoncePool nonces,
      InstantSource clock) {
    this.http = http;
    this.directory = directory;
    this.nonces = nonces;
    this.repeats = repeats;
    this.clock = clock;
  }

  /** POST-as-GET (RFC 8555 §6.3). Once more if a pooled connection turns out to be dead. */
  Reply get(URI url, AccountKey key, URI account, String accept) throws AcmeException {
    Map<String, Object> identity = Map.of("kid", account.toString());
    return repeats.of(url, () -> read(url, key, identity, accept));
  }

  private Reply read(URI url, AccountKey key, Map<String, Object> identity, String accept)
      throws AcmeException {
    try {
      return post(url, key, identity, "", accept);
    } catch (AcmeNetworkException e) {
      if (!e.isStaleConnection()) {
        throw e;
      }
      return post(url, key, identity, "", accept);
    }
  }

  Reply post(URI url, AccountKey key, URI account, Map<String, Object> payload)
      throws AcmeException {
    Map<String, Object> identity = Map.of("kid", account.toString());
    String json = Json.write(payload);
    return repeats.ofChange(url, () -> post(url, key, identity, json, HttpChannel.JSON));
  }

  /**
   * With the whole key in the header, for those who have no account (yet). Repeated after a lost
   * answer too: a key that is registered is found, and a certificate that is revoked stays so.
   */
  Reply postWithJwk(URI url, AccountKey key, Map<String, Object> payload) throws AcmeException {
    Map<String, Object> identity = Map.of("jwk", key.jwk());
    String json = Json.write(payload);
    return repeats.of(url, () -> post(url, key, identity, json, HttpChannel.JSON));
  }

  private Reply post(
      URI url, AccountKey key, Map<String, Object> identity, String payload, String accept)
      throws AcmeException {
    String pooled;
    try {
      pooled = nonces.begin();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw AcmeNetworkException.cancelled(url, e);
    }
    try {
      String nonce = pooled == null ? firstNonce() : pooled;
      return post(url, key, identity, payload, accept, nonce);
    } finally {
      nonces.end();
    }
  }

  private String firstNonce() throws AcmeException {
    try {
      return newNonce();
    } finally {
      nonces.asked();
    }
  }

  private Reply post(
      URI url,
      AccountKey key,
      Map<String, Object> identity,
      String payload,
      String accept,
      String firstNonce)
      throws AcmeException {
    Instant begin = clock.instant();
    String nonce = firstNonce;
    for (int tries = 1; ; tries++) {
      Reply reply = http.post(url, sign(url, key, identity, nonce, payload), accept);
      if (reply.isSuccess()) {
        pool(reply);
        return reply;
      }
      boolean again = tries < MAX_NONCE_TRIES && !isOver(begin);
      if (!again || !isBadNonce(reply)) {
        pool(reply);
        throw refusal(reply);
      }
      // The error brings its own nonce and wants that one back; a pooled one may be refused again
      // (RFC 8555 §6.5). Some CAs forget to send one.
      nonce = reply.nonce();
      if (nonce == null) {
        nonces.clear();
        nonce = newNonce();
      }
    }
  }

  private AcmeException refusal(Reply reply) {
    if (reply.status() == 404 || reply.problem() == null) {
      directory.forget(); // the CA may have moved its resources
    }
    return Refusals.of(reply);
  }

  private static byte[] sign(
      URI url, AccountKey key, Map<String, Object> identity, String nonce, String payload) {
    Map<String, Object> header = new LinkedHashMap<>(identity);
    header.put("nonce", nonce);
    header.put("url", url.toString());
    return Json.write(key.sign(header, payload)).getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isBadNonce(Reply reply) {
    AcmeProblem problem = reply.problem();
    return problem != null && problem.type() == ProblemType.BAD_NONCE;
  }

  private boolean isOver(Instant begin) {
    return Duration.between(begin, clock.instant()).compareTo(MAX_NONCE_TIME) > 0;
  }

  private void pool(Reply reply) {
    String nonce = reply.nonce();
    if (nonce != null) {
      nonces.add(nonce);
    }
  }

  /** HEAD, and where that is not understood GET (RFC 8555 §7.2). */
  private String newNonce() throws AcmeException {
    URI url = directory.get().newNonceUrl();
    Reply head = http.head(url);
    String nonce = nonceOf(head);
    if (nonce != null) {
      return nonce;
    }
    if (head.status() == 429 || head.status() >= 500 && head.status() != 501) {
      throw refusal(head);
    }
    Reply get = http.get(url);
    nonce = nonceOf(get);
    if (nonce != null) {
      return nonce;
    }
    throw get.isSuccess() ? get.malformed("it has no valid Replay-Nonce") : refusal(get);
  }

  private static @Nullable String nonceOf(Reply reply) {
    return reply.isSuccess() ? reply.nonce() : null;
  }
}

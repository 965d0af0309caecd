package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpRequest;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Checks what all requests have in common (RFC 8555 §6.1 to §6.5). */
final class RequestVerifier {
  private final Ledger ledger;
  private final Nonces nonces;
  private final Settings settings;
  private final Urls urls;
  private final RandomGenerator random;

  RequestVerifier(
      Ledger ledger, Nonces nonces, Settings settings, Urls urls, RandomGenerator random) {
    this.ledger = ledger;
    this.nonces = nonces;
    this.settings = settings;
    this.urls = urls;
    this.random = random;
  }

  void checkAny(HttpRequest http) throws ProblemException {
    if (http.headers().first("User-Agent").orElse("").isBlank()) {
      throw Problem.malformed("all requests must have a User-Agent header");
    }
    if (http.headers().contains("Replay-Nonce")) {
      throw Problem.malformed("Replay-Nonce is a header of responses, not of requests");
    }
  }

  AcmeRequest verify(HttpRequest http) throws ProblemException {
    if (!http.headers().first("Content-Type").orElse("").equals("application/jose+json")) {
      throw Problem.of(415, "malformed", "Content-Type must be application/jose+json")
          .asException();
    }
    Jws jws = Jws.parse(Json.parse("the body", http.body()));
    jws.algorithm();
    String url = jws.header().requireString("url");
    String nonce = jws.header().requireString("nonce");
    Account account = null;
    Jwk key;
    if (jws.header().has("jwk") == jws.header().has("kid")) {
      throw Problem.malformed("the protected header must have exactly one of jwk and kid");
    } else if (jws.header().has("jwk")) {
      key = Jwk.parse(Json.of("jwk", jws.header().get("jwk").orElseThrow()));
    } else {
      account = accountOf(jws.header().requireString("kid"));
      key = account.key();
    }
    jws.verify(key);
    checkUrl(http, url);
    checkNonce(nonce);
    byte[] payload = jws.payload();
    return new AcmeRequest(http, url, jws, account, key, payload);
  }

  private Account accountOf(String kid) throws ProblemException {
    String prefix = urls.at(Urls.ACCOUNT);
    Optional<Account> account =
        kid.startsWith(prefix)
            ? ledger.read(() -> ledger.account(kid.substring(prefix.length())))
            : Optional.empty();
    if (account.isEmpty()) {
      throw Problem.of(400, "accountDoesNotExist", "no account " + kid).asException();
    }
    if (!account.get().isValid()) {
      throw Problem.of(401, "unauthorized", "the account is " + account.get().status())
          .asException();
    }
    return account.get();
  }

  private static void checkUrl(HttpRequest http, String url) throws ProblemException {
    String requested = "https://" + http.headers().first("Host").orElse("") + http.target();
    if (!url.equals(requested)) {
      throw Problem.of(
              400, "malformed", "url in the protected header is " + url + ", not " + requested)
          .asException();
    }
  }

  private void checkNonce(String nonce) throws ProblemException {
    boolean known = nonces.use(nonce);
    if (!known || random.nextDouble() < settings.rejectedNonces()) {
      throw Problem.of(400, "badNonce", "the nonce is not one that can be used").asException();
    }
  }
}

package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A POST whose signature and nonce are in order.
 *
 * @param account whose key signed, null if the key came along as {@code jwk}
 * @param key the key that signed
 */
record AcmeRequest(
    HttpRequest http, String url, Jws jws, @Nullable Account account, Jwk key, byte[] payload) {
  /** The account that asks. */
  Account requireAccount() throws ProblemException {
    if (account == null) {
      throw Problem.malformed("this resource needs kid, not jwk, in the protected header");
    }
    return account;
  }

  boolean isPostAsGet() {
    return payload.length == 0;
  }

  void requirePostAsGet() throws ProblemException {
    if (!isPostAsGet()) {
      throw Problem.malformed("reading is POST-as-GET: the payload must be empty");
    }
  }

  Json json() throws ProblemException {
    return Json.parse("the payload", payload);
  }

  String payloadText() {
    return new String(payload, StandardCharsets.UTF_8);
  }
}

package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Map;
import java.util.Set;
import org.jose4j.base64url.Base64Url;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * A request body as RFC 8555 §6.2 wants it: a flattened JWS with exactly the members that it may have.
 *
 * @param kid the account; null if the key itself was sent
 * @param jwk the key; null if the account was named
 */
record SignedRequest(
    String nonce,
    String url,
    @Nullable String kid,
    @Nullable PublicJsonWebKey jwk,
    String payload,
    JsonWebSignature signature) {
  private static final Set<String> MEMBERS = Set.of("protected", "payload", "signature");
  private static final Set<String> HEADERS = Set.of("alg", "nonce", "url", "kid", "jwk");
  private static final String[] ALGORITHMS = {"ES256", "ES384", "ES512", "RS256", "EdDSA"};

  static SignedRequest parse(HttpRequest request) throws ProblemException {
    if (!request.headers().first("Content-Type").orElse("").equals("application/jose+json")) {
      throw new ProblemException(
          415, "malformed", "the Content-Type of a POST must be application/jose+json");
    }
    try {
      Map<String, Object> body = JsonUtil.parseJson(request.text());
      if (!body.keySet().equals(MEMBERS)) {
        throw ProblemException.malformed("a JWS has exactly protected, payload and signature");
      }
      String encoded = text(body, "protected");
      Map<String, Object> header =
          JsonUtil.parseJson(new String(Base64Url.decode(encoded), StandardCharsets.UTF_8));
      if (!HEADERS.containsAll(header.keySet())
          || header.containsKey("jwk") == header.containsKey("kid")) {
        throw ProblemException.malformed(
            "the protected header has alg, nonce, url, and exactly one of jwk and kid");
      }
      for (String part : new String[] {encoded, text(body, "payload"), text(body, "signature")}) {
        if (!part.matches("[A-Za-z0-9_-]*")) {
          throw ProblemException.malformed("base64url without padding is wanted");
        }
      }
      JsonWebSignature jws = new JsonWebSignature();
      jws.setAlgorithmConstraints(
          new AlgorithmConstraints(ConstraintType.PERMIT, ALGORITHMS));
      jws.setCompactSerialization(encoded + "." + text(body, "payload") + "." + text(body, "signature"));
      if (!Set.of(ALGORITHMS).contains(text(header, "alg"))) {
        throw new ProblemException(
            400, "badSignatureAlgorithm", "not an algorithm for ACME: " + header.get("alg"));
      }
      @SuppressWarnings("unchecked")
      Map<String, Object> jwk = (Map<String, Object>) header.get("jwk");
      return new SignedRequest(
          header.containsKey("nonce") ? text(header, "nonce") : "",
          text(header, "url"),
          (String) header.get("kid"),
          jwk == null ? null : PublicJsonWebKey.Factory.newPublicJwk(jwk),
          new String(Base64Url.decode(text(body, "payload")), StandardCharsets.UTF_8),
          jws);
    } catch (JoseException | ClassCastException e) {
      throw ProblemException.malformed("not a JWS: " + e.getMessage());
    }
  }

  private static String text(Map<String, Object> object, String member) throws ProblemException {
    if (object.get(member) instanceof String text) {
      return text;
    }
    throw ProblemException.malformed(member + " is missing");
  }

  void verify(PublicKey key) throws ProblemException {
    try {
      signature.setKey(key);
      if (!signature.verifySignature()) {
        throw ProblemException.malformed("JWS verification error");
      }
    } catch (JoseException e) {
      throw ProblemException.malformed("JWS verification error: " + e.getMessage());
    }
  }

  boolean isPostAsGet() {
    return payload.isEmpty();
  }

  Map<String, Object> json() throws ProblemException {
    try {
      return JsonUtil.parseJson(payload);
    } catch (JoseException e) {
      throw ProblemException.malformed("the payload is not JSON");
    }
  }
}

package io.autotls.acme;

import java.net.URI;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwx.HeaderParameterNames;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** Signs requests: flattened JWS with {@code alg}, {@code nonce}, {@code url} and one of {@code jwk} and {@code kid} (RFC 8555 §6.2). */
final class Jws {
  private Jws() {}

  /**
   * Signs a request body.
   *
   * @param account null: the key itself is sent, as newAccount wants it
   * @param payload empty for POST-as-GET (§6.3)
   */
  static String sign(
      KeyPair key, @Nullable URI account, String nonce, URI url, String payload) {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setKey(key.getPrivate());
    jws.setAlgorithmHeaderValue(algorithm(key.getPublic()));
    jws.setHeader("nonce", nonce);
    jws.setHeader("url", url.toString());
    if (account == null) {
      jws.setJwkHeader(jwk(key.getPublic()));
    } else {
      jws.setHeader(HeaderParameterNames.KEY_ID, account.toString());
    }
    return flattened(jws, payload);
  }

  /** The account's key, signed with the secret that the CA gave out (§7.3.4): no nonce in it. */
  static Object bind(PublicKey account, ExternalAccountBinding binding, URI newAccount) {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setKey(new HmacKey(binding.secret()));
    jws.setDoKeyValidation(false); // some CAs hand out secrets shorter than the hash
    jws.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
    jws.setHeader(HeaderParameterNames.KEY_ID, binding.keyId());
    jws.setHeader("url", newAccount.toString());
    return parts(jws, jwk(account).toJson(OutputControlLevel.PUBLIC_ONLY));
  }

  /** The base64url form of the key's SHA-256 thumbprint (RFC 7638). */
  static String thumbprint(PublicKey key) {
    return jwk(key).calculateBase64urlEncodedThumbprint("SHA-256");
  }

  private static PublicJsonWebKey jwk(PublicKey key) {
    try {
      return PublicJsonWebKey.Factory.newPublicJwk(key);
    } catch (JoseException e) {
      throw new IllegalArgumentException("no key for an ACME account: " + key.getAlgorithm(), e);
    }
  }

  private static String algorithm(PublicKey key) {
    if (key instanceof ECPublicKey ec) {
      return switch (ec.getParams().getOrder().bitLength()) {
        case 256 -> AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256;
        case 384 -> AlgorithmIdentifiers.ECDSA_USING_P384_CURVE_AND_SHA384;
        default -> throw new IllegalArgumentException("no curve for an ACME account");
      };
    }
    return AlgorithmIdentifiers.RSA_USING_SHA256;
  }

  private static String flattened(JsonWebSignature jws, String payload) {
    return Json.write(parts(jws, payload));
  }

  private static Map<String, Object> parts(JsonWebSignature jws, String payload) {
    jws.setPayload(payload);
    try {
      String[] compact = jws.getCompactSerialization().split("\\.", -1);
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("protected", compact[0]);
      members.put("payload", compact[1]);
      members.put("signature", compact[2]);
      return members;
    } catch (JoseException e) {
      // Without the cause, which might show the key.
      throw new IllegalStateException("this Java platform cannot sign with that account key");
    }
  }
}

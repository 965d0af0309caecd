package io.autotls.testing.ca.internal.acme;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Checks that an account key belongs to an account outside of ACME (RFC 8555 §7.3.4). */
final class ExternalAccountBinding {
  private static final Map<String, String> MACS =
      Map.of("HS256", "HmacSHA256", "HS384", "HmacSHA384", "HS512", "HmacSHA512");

  private ExternalAccountBinding() {}

  static void check(Object binding, Map<String, byte[]> keys, AcmeRequest request)
      throws ProblemException {
    Jws jws = Jws.parse(Json.of("externalAccountBinding", binding));
    String algorithm = MACS.get(jws.header().requireString("alg"));
    if (algorithm == null) {
      throw Problem.malformed("alg of externalAccountBinding must be HS256, HS384 or HS512");
    }
    if (jws.header().has("nonce") || jws.header().has("jwk")) {
      throw Problem.malformed("externalAccountBinding must have neither nonce nor jwk");
    }
    if (!jws.header().requireString("url").equals(request.url())) {
      throw Problem.malformed("url of externalAccountBinding must be that of newAccount");
    }
    Json inner = Json.parse("externalAccountBinding's payload", jws.payload());
    Json outer = Json.of("jwk", request.jws().header().get("jwk").orElseThrow());
    if (!inner.members().equals(outer.members())) {
      throw Problem.malformed("externalAccountBinding must hold the jwk of the request");
    }
    byte[] key = keys.get(jws.header().requireString("kid"));
    if (key == null) {
      throw Problem.unauthorized("kid of externalAccountBinding is not known");
    }
    if (!MessageDigest.isEqual(mac(algorithm, key, jws.signingInput()), jws.signature())) {
      throw Problem.unauthorized("the MAC of externalAccountBinding does not verify");
    }
  }

  private static byte[] mac(String algorithm, byte[] key, byte[] input) throws ProblemException {
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(key, algorithm));
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw Problem.of(500, "serverInternal", "no " + algorithm + " in this JVM").asException();
    }
  }
}

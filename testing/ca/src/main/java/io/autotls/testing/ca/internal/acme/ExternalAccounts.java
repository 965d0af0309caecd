package io.autotls.testing.ca.internal.acme;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jose4j.base64url.Base64Url;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/** Checks the binding of an account to one that the CA knows already (RFC 8555 §7.3.4). */
final class ExternalAccounts {
  private ExternalAccounts() {}

  static void check(
      Map<String, byte[]> known, @Nullable Object binding, PublicJsonWebKey account, String url)
      throws ProblemException {
    if (known.isEmpty()) {
      return;
    }
    if (!(binding instanceof Map<?, ?> jws)) {
      throw new ProblemException(
          403, "externalAccountRequired", "an externalAccountBinding is required");
    }
    try {
      String encoded = String.valueOf(jws.get("protected"));
      Map<String, Object> header =
          JsonUtil.parseJson(new String(Base64Url.decode(encoded), StandardCharsets.UTF_8));
      byte[] secret = known.get(String.valueOf(header.get("kid")));
      if (secret == null) {
        throw new ProblemException(403, "unauthorized", "unknown key identifier");
      }
      if (header.containsKey("nonce") || !url.equals(header.get("url"))) {
        throw ProblemException.malformed("a binding has the url of newAccount, and no nonce");
      }
      JsonWebSignature signature = new JsonWebSignature();
      signature.setKey(new HmacKey(secret));
      signature.setDoKeyValidation(false);
      signature.setCompactSerialization(
          encoded + "." + jws.get("payload") + "." + jws.get("signature"));
      if (!signature.verifySignature()) {
        throw new ProblemException(403, "unauthorized", "Invalid MAC on JWS request");
      }
      Map<String, Object> bound = JsonUtil.parseJson(signature.getPayload());
      if (!bound.equals(account.toParams(OutputControlLevel.PUBLIC_ONLY))) {
        throw ProblemException.malformed("the binding is for another account key");
      }
    } catch (JoseException e) {
      throw ProblemException.malformed("not a binding: " + e.getMessage());
    }
  }
}

package io.autotls.acme;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;

/**
 * A key that signs requests: its JWK, its thumbprint and its signatures. ECDSA signatures are the
 * two numbers side by side with fixed width (RFC 7518 §3.4), not the DER that certificates have.
 */
final class AccountKey {
  private static final int MIN_RSA_BITS = 2048;

  private final KeyPair keyPair;
  private final String algorithm; // "alg" of the JWS
  private final String signatureName; // the same for the JCA
  private final Map<String, Object> jwk;
  private final String thumbprint;

  private AccountKey(KeyPair keyPair, String algorithm, String signatureName) {
    this.keyPair = keyPair;
    this.algorithm = algorithm;
    this.signatureName = signatureName;
    this.jwk = jwk(keyPair.getPublic());
    this.thumbprint = thumbprint(keyPair.getPublic());
  }

  /**
   * Checks the key.
   *
   * @throws IllegalArgumentException if CAs do not accept keys of this kind
   */
  static AccountKey of(KeyPair keyPair) {
    PublicKey key = keyPair.getPublic();
    if (key instanceof ECPublicKey ec) {
      switch (ec.getParams().getCurve().getField().getFieldSize()) {
        case 256:
          return new AccountKey(keyPair, "ES256", "SHA256withECDSAinP1363Format");
        case 384:
          return new AccountKey(keyPair, "ES384", "SHA384withECDSAinP1363Format");
        case 521:
          return new AccountKey(keyPair, "ES512", "SHA512withECDSAinP1363Format");
        default:
          throw new IllegalArgumentException("EC keys must be on P-256, P-384 or P-521");
      }
    }
    if (key instanceof RSAPublicKey rsa) {
      if (rsa.getModulus().bitLength() < MIN_RSA_BITS) {
        throw new IllegalArgumentException("RSA keys must have 2048 bits or more");
      }
      return new AccountKey(keyPair, "RS256", "SHA256withRSA");
    }
    throw new IllegalArgumentException(
        "keys must be EC (P-256, P-384, P-521) or RSA, not " + key.getAlgorithm());
  }

  PublicKey publicKey() {
    return keyPair.getPublic();
  }

  /** The public JWK. */
  Map<String, Object> jwk() {
    return jwk;
  }

  /** RFC 7638, SHA-256, base64url. */
  String thumbprint() {
    return thumbprint;
  }

  /** A flattened JWS (RFC 7515 §7.2.2) with {@code alg} before the given header members. */
  Map<String, Object> sign(Map<String, Object> header, String payload) {
    Map<String, Object> completeHeader = new LinkedHashMap<>();
    completeHeader.put("alg", algorithm);
    completeHeader.putAll(header);
    return flattened(completeHeader, payload, this::signature);
  }

  static Map<String, Object> flattened(Map<String, Object> header, String payload, Signer signer) {
    String protectedHeader = Base64Url.encode(Json.write(header));
    String encodedPayload = Base64Url.encode(payload);
    byte[] input = (protectedHeader + "." + encodedPayload).getBytes(StandardCharsets.US_ASCII);
    Map<String, Object> jws = new LinkedHashMap<>();
    jws.put("protected", protectedHeader);
    jws.put("payload", encodedPayload);
    jws.put("signature", Base64Url.encode(signer.sign(input)));
    return jws;
  }

  private byte[] signature(byte[] input) {
    try {
      Signature signature = Signature.getInstance(signatureName);
      signature.initSign(keyPair.getPrivate());
      signature.update(input);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the key cannot sign with " + algorithm, e);
    }
  }

  private static Map<String, Object> jwk(PublicKey key) {
    try {
      // jose4j pads coordinates to the field and strips the sign byte of the modulus.
      return PublicJsonWebKey.Factory.newPublicJwk(key).toParams(OutputControlLevel.PUBLIC_ONLY);
    } catch (JoseException e) {
      throw new IllegalArgumentException("the key has no JWK", e);
    }
  }

  static String thumbprint(PublicKey key) {
    try {
      return PublicJsonWebKey.Factory.newPublicJwk(key)
          .calculateBase64urlEncodedThumbprint("SHA-256");
    } catch (JoseException e) {
      throw new IllegalArgumentException("the key has no JWK", e);
    }
  }

  /** Signs the bytes of a JWS. */
  @FunctionalInterface
  interface Signer {
    byte[] sign(byte[] input);
  }
}

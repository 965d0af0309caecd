package io.autotls.testing.ca.internal.acme;

import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Map;
import java.util.Set;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;

/** A public key of an account, from its JWK (RFC 7517). */
public final class Jwk {
  private static final Set<String> PRIVATE = Set.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");
  private static final Map<String, Integer> COORDINATE_BYTES =
      Map.of("P-256", 32, "P-384", 48, "P-521", 66, "Ed25519", 32);
  private static final int MIN_RSA = 2048;
  private static final int MAX_RSA = 4096;

  private final Map<String, Object> members;
  private final PublicKey key;
  private final String thumbprint;

  private Jwk(Map<String, Object> members, PublicKey key, String thumbprint) {
    this.members = members;
    this.key = key;
    this.thumbprint = thumbprint;
  }

  static Jwk parse(Json json) throws ProblemException {
    if (json.members().keySet().stream().anyMatch(PRIVATE::contains)) {
      throw bad("the JWK holds parts of a private key");
    }
    checkLengths(json);
    try {
      PublicJsonWebKey jwk = PublicJsonWebKey.Factory.newPublicJwk(json.members());
      if (jwk.getPublicKey() instanceof RSAPublicKey rsa) {
        int bits = rsa.getModulus().bitLength();
        if (bits < MIN_RSA || bits > MAX_RSA || !rsa.getPublicExponent().testBit(0)) {
          throw bad("RSA keys must have 2048 to 4096 bits, this one has " + bits);
        }
      }
      String thumbprint = jwk.calculateBase64urlEncodedThumbprint("SHA-256");
      return new Jwk(json.members(), jwk.getPublicKey(), thumbprint);
    } catch (JoseException | RuntimeException e) {
      throw bad("the JWK is not a key that can be used");
    }
  }

  /** Coordinates have the field's full length (RFC 7518 §6.2), an RSA modulus no zero in front. */
  private static void checkLengths(Json json) throws ProblemException {
    if (json.requireString("kty").equals("RSA")) {
      byte[] modulus = json.requireBytes("n");
      if (modulus.length == 0 || modulus[0] == 0) {
        throw bad("the JWK's n is empty or begins with a zero byte");
      }
      return;
    }
    Integer length = COORDINATE_BYTES.get(json.requireString("crv"));
    if (length == null) {
      throw bad("the JWK's curve is not supported");
    }
    boolean ec = json.requireString("kty").equals("EC");
    if (json.requireBytes("x").length != length || ec && json.requireBytes("y").length != length) {
      throw bad("the JWK's coordinates must have " + length + " bytes");
    }
  }

  private static ProblemException bad(String detail) {
    return Problem.of(400, "badPublicKey", detail).asException();
  }

  PublicKey key() {
    return key;
  }

  String keyType() {
    return String.valueOf(members.get("kty"));
  }

  String curve() {
    return String.valueOf(members.get("crv"));
  }

  /** base64url of the SHA-256 thumbprint (RFC 7638). */
  public String thumbprint() {
    return thumbprint;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Jwk jwk && jwk.thumbprint.equals(thumbprint);
  }

  @Override
  public int hashCode() {
    return thumbprint.hashCode();
  }
}

package io.autotls.testing.ca.internal.acme;

import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Algorithms that may sign requests (RFC 7518 §3.1, RFC 8037); neither {@code none} nor a MAC. */
enum SignatureAlgorithm {
  ES256("ES256", "EC", "P-256", "SHA256withECDSAinP1363Format", 64),
  ES384("ES384", "EC", "P-384", "SHA384withECDSAinP1363Format", 96),
  ES512("ES512", "EC", "P-521", "SHA512withECDSAinP1363Format", 132),
  ED_DSA("EdDSA", "OKP", "Ed25519", "Ed25519", 64),
  RS256("RS256", "RSA", "null", "SHA256withRSA", 0);

  private final String id;
  private final String keyType;
  private final String curve;
  private final String jca;
  private final int length; // of a signature; for RSA that of the key

  SignatureAlgorithm(String id, String keyType, String curve, String jca, int length) {
    this.id = id;
    this.keyType = keyType;
    this.curve = curve;
    this.jca = jca;
    this.length = length;
  }

  static Optional<SignatureAlgorithm> named(String id) {
    return Arrays.stream(values()).filter(algorithm -> algorithm.id.equals(id)).findFirst();
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(algorithm -> algorithm.id).toList();
  }

  void verify(Jwk key, byte[] signed, byte[] signature) throws ProblemException {
    if (!key.keyType().equals(keyType) || !key.curve().equals(curve)) {
      throw Problem.malformed("alg " + id + " does not fit the key");
    }
    if (length != 0 && signature.length != length) {
      throw Problem.malformed(
          "a signature by " + id + " has " + length + " bytes: R and S, not DER");
    }
    try {
      Signature verifier = Signature.getInstance(jca);
      verifier.initVerify(key.key());
      verifier.update(signed);
      if (!verifier.verify(signature)) {
        throw Problem.malformed("the JWS signature does not verify");
      }
    } catch (GeneralSecurityException e) {
      throw Problem.malformed("the JWS signature does not verify");
    }
  }
}

package io.autotls.testing.ca.internal.acme;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/** A JWS in flattened JSON serialization (RFC 7515 §7.2.2) with exactly three members. */
final class Jws {
  private final String protectedPart;
  private final String payloadPart;
  private final byte[] signature;
  private final Json header;

  private Jws(String protectedPart, String payloadPart, byte[] signature, Json header) {
    this.protectedPart = protectedPart;
    this.payloadPart = payloadPart;
    this.signature = signature;
    this.header = header;
  }

  static Jws parse(Json json) throws ProblemException {
    if (!json.members().keySet().equals(Set.of("protected", "payload", "signature"))) {
      throw Problem.malformed(
          "a JWS must have the members protected, payload and signature, and no others");
    }
    Json header = Json.parse("protected header", json.requireBytes("protected"));
    if (header.has("b64") || header.has("crit")) {
      throw Problem.malformed("b64 and crit are not allowed in the protected header");
    }
    return new Jws(
        json.requireString("protected"),
        json.requireString("payload"),
        json.requireBytes("signature"),
        header);
  }

  Json header() {
    return header;
  }

  byte[] payload() throws ProblemException {
    return Json.base64("the JWS payload", payloadPart);
  }

  byte[] signature() {
    return signature.clone();
  }

  byte[] signingInput() {
    return (protectedPart + "." + payloadPart).getBytes(StandardCharsets.US_ASCII);
  }

  SignatureAlgorithm algorithm() throws ProblemException {
    String id = header.requireString("alg");
    return SignatureAlgorithm.named(id)
        .orElseThrow(
            () ->
                Problem.of(400, "badSignatureAlgorithm", "alg " + id + " is not supported")
                    .with("algorithms", SignatureAlgorithm.ids())
                    .asException());
  }

  void verify(Jwk key) throws ProblemException {
    algorithm().verify(key, signingInput(), signature);
  }
}

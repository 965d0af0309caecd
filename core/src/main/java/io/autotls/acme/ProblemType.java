package io.autotls.acme;

/**
 * What went wrong, in the words of the CA: the error types of RFC 8555 §6.7 and its extensions. A
 * {@code switch} over it keeps a {@code default}: types are added as they are registered.
 */
public enum ProblemType {
  /** The request names an account that does not exist (any more). */
  ACCOUNT_DOES_NOT_EXIST("accountDoesNotExist"),
  /** The certificate is revoked already. */
  ALREADY_REVOKED("alreadyRevoked"),
  /** The certificate of {@code replaces} has been replaced already (RFC 9773 §5). */
  ALREADY_REPLACED("alreadyReplaced"),
  /** Terms must be agreed to. Not registered: Pebble before 2.9 sends it. */
  AGREEMENT_REQUIRED("agreementRequired"),
  /** The CSR is unacceptable, for example because of its key. */
  BAD_CSR("badCSR"),
  /** The nonce was not accepted. The client has repeated the request before you see this. */
  BAD_NONCE("badNonce"),
  /** The public key is unacceptable. */
  BAD_PUBLIC_KEY("badPublicKey"),
  /** The reason is not one that the CA accepts. */
  BAD_REVOCATION_REASON("badRevocationReason"),
  /** The signature algorithm is not supported; {@link AcmeProblem#algorithms()} are. */
  BAD_SIGNATURE_ALGORITHM("badSignatureAlgorithm"),
  /** A CAA record forbids the CA to issue. */
  CAA("caa"),
  /** Several things at once: see {@link AcmeProblem#subproblems()}. */
  COMPOUND("compound"),
  /** The key is in use already. Not registered: Boulder sends it for a key change. */
  CONFLICT("conflict"),
  /** The CA could not connect to the server to be validated. */
  CONNECTION("connection"),
  /** A DNS query of the CA failed. */
  DNS("dns"),
  /** The CA only accepts accounts that are bound to one of its own. */
  EXTERNAL_ACCOUNT_REQUIRED("externalAccountRequired"),
  /** The answer to a challenge was not the expected one. */
  INCORRECT_RESPONSE("incorrectResponse"),
  /** A contact is invalid. */
  INVALID_CONTACT("invalidContact"),
  /** The CA does not offer this profile, or not with these names. */
  INVALID_PROFILE("invalidProfile"),
  /** The request made no sense to the CA. */
  MALFORMED("malformed"),
  /** The CSR of a .onion name lacks something (RFC 9799). */
  ONION_CAA_REQUIRED("onionCAARequired"),
  /** The order is not ready for a CSR. Look at its status. */
  ORDER_NOT_READY("orderNotReady"),
  /** Too many requests, orders, failures or certificates; or the account has been paused. */
  RATE_LIMITED("rateLimited"),
  /** The CA does not issue for this name; {@link AcmeProblem#subproblems()} may say which. */
  REJECTED_IDENTIFIER("rejectedIdentifier"),
  /** A fault of the CA. */
  SERVER_INTERNAL("serverInternal"),
  /** The CA met a TLS error during validation. */
  TLS("tls"),
  /** The account may not do this; also seen for unknown orders and refused profiles. */
  UNAUTHORIZED("unauthorized"),
  /** A contact is of a kind that the CA does not support. */
  UNSUPPORTED_CONTACT("unsupportedContact"),
  /** The CA does not support this kind of identifier. */
  UNSUPPORTED_IDENTIFIER("unsupportedIdentifier"),
  /** A person has to do something first: see {@link AcmeProblem#instance()}. */
  USER_ACTION_REQUIRED("userActionRequired"),
  /** A type that this client does not know, or none. Go by the HTTP status. */
  UNKNOWN("");

  static final String NAMESPACE = "urn:ietf:params:acme:error:";

  private final String wire;

  ProblemType(String wire) {
    this.wire = wire;
  }

  /** The full type, for example {@code urn:ietf:params:acme:error:rateLimited}. */
  public String uri() {
    return this == UNKNOWN ? "about:blank" : NAMESPACE + wire;
  }

  static ProblemType of(String uri) {
    if (uri.startsWith(NAMESPACE)) {
      String name = uri.substring(NAMESPACE.length());
      for (ProblemType type : values()) {
        if (type != UNKNOWN && type.wire.equals(name)) {
          return type;
        }
      }
    }
    return UNKNOWN;
  }
}

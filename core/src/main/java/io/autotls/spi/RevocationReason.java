package io.autotls.spi;

/** Why a certificate is revoked (RFC 5280 §5.3.1), as far as its owner may say so. */
public enum RevocationReason {
  /** No reason given. */
  UNSPECIFIED,
  /** The private key is known to others. */
  KEY_COMPROMISE,
  /** The subject's affiliation has changed. */
  AFFILIATION_CHANGED,
  /** Another certificate has taken its place. */
  SUPERSEDED,
  /** The names are not served any more. */
  CESSATION_OF_OPERATION,
  /** A privilege that the certificate claims is withdrawn. */
  PRIVILEGE_WITHDRAWN
}

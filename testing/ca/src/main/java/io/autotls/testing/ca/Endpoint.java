package io.autotls.testing.ca;

/** The resources of the CA, as requests are counted and faults are scripted (RFC 8555 §7.1). */
public enum Endpoint {
  /** The directory. */
  DIRECTORY,
  /** Where nonces come from. */
  NEW_NONCE,
  /** Registration, and looking up the account of a key. */
  NEW_ACCOUNT,
  /** An account: reading, updating, deactivating. */
  ACCOUNT,
  /** The list of an account's orders. */
  ACCOUNT_ORDERS,
  /** Change of an account's key. */
  KEY_CHANGE,
  /** Authorization of a name before there is an order (RFC 8555 §7.4.1). */
  NEW_AUTHZ,
  /** Placing an order. */
  NEW_ORDER,
  /** Reading an order. */
  ORDER,
  /** Sending the CSR of an order. */
  FINALIZE,
  /** An authorization: reading, deactivating. */
  AUTHORIZATION,
  /** A challenge: reading, and asking for its validation. */
  CHALLENGE,
  /** Download of a certificate. */
  CERTIFICATE,
  /** Revocation. */
  REVOKE_CERT,
  /** When to renew a certificate (RFC 9773). */
  RENEWAL_INFO,
  /** Any other path. */
  UNKNOWN
}

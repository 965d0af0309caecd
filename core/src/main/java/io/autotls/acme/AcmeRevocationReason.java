package io.autotls.acme;

/**
 * Why a certificate is revoked (RFC 5280 §5.3.1). CAs accept only some of these; all public ones
 * accept {@link #UNSPECIFIED}, {@link #KEY_COMPROMISE}, {@link #SUPERSEDED} and {@link
 * #CESSATION_OF_OPERATION}.
 */
public enum AcmeRevocationReason {
  /** No reason given. */
  UNSPECIFIED(0),
  /** The private key is known to others. Never use it again, for any certificate. */
  KEY_COMPROMISE(1),
  /** The subject's affiliation has changed. */
  AFFILIATION_CHANGED(3),
  /** Another certificate has taken its place. */
  SUPERSEDED(4),
  /** The names are not served any more. */
  CESSATION_OF_OPERATION(5),
  /** The CA withdraws a privilege that the certificate claims. */
  PRIVILEGE_WITHDRAWN(9);

  private final int code;

  AcmeRevocationReason(int code) {
    this.code = code;
  }

  /** The number that goes over the wire and into the CRL. */
  public int code() {
    return code;
  }
}

package io.autotls.acme;

/**
 * The CA sent a certificate that must not be used: it is not the one that was asked for, or it is
 * not valid. Ordering again at once would very likely give the same.
 */
public final class AcmeCertificateException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /** What is wrong with the certificate. */
  public enum Fault {
    /** It is for another key. */
    WRONG_KEY,
    /** A name that was asked for is missing. */
    MISSING_NAME,
    /** It has expired. */
    EXPIRED,
    /** A certificate of the chain is not signed by the next one. */
    BROKEN_CHAIN
  }

  private final Fault fault;

  AcmeCertificateException(Fault fault, String message) {
    super(message, null, null, null, null);
    this.fault = fault;
  }

  /** What is wrong with the certificate. */
  public Fault fault() {
    return fault;
  }
}

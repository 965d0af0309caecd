package io.autotls.spi;

/**
 * What the next step of an {@link Issuance} is about. People read it, in words of AutoTls, in
 * status and log; it decides nothing.
 *
 * <p>More may come; whoever switches over these needs a {@code default}.
 */
public enum IssuanceStage {
  /** Something of the issuer's own, before it is asked for this certificate. */
  PREPARING,
  /** The order is placed, or looked for. */
  ORDERING,
  /** The answers to challenges are published. */
  ANSWERING,
  /** The answers are published, and not visible yet. */
  SETTLING,
  /** The issuer is told to look at the answers. */
  TRIGGERING,
  /** The issuer looks at the answers. */
  VALIDATING,
  /** The request for the certificate is sent. */
  REQUESTING,
  /** The issuer signs. */
  SIGNING,
  /** The certificate is fetched. */
  DOWNLOADING,
  /** Anything else, at the issuer. */
  WAITING
}

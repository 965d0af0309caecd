package io.autotls.spi;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who signs certificates: an ACME CA, or another authority.
 *
 * <p>An issuance is a sequence of short steps. Each call of {@link #advance} takes one step and
 * returns what is to be remembered; AutoTls stores that, releases everything, and calls again when
 * it is due, in this process or, after a crash, in another one. An issuer therefore keeps nothing
 * of an issuance in memory that it cannot do without, never waits inside a step, and writes down
 * <em>before</em> a step what it must know if the answer to that step is lost.
 *
 * <p>Every call may block for I/O, and must return or throw within a bounded time; ours gives each
 * request to a CA half a minute. An issuer has workers of its own, so one that hangs holds up its
 * own certificates and nobody else's.
 *
 * <p>One issuer belongs to one {@code AutoTls} and is safe for use by many threads.
 */
public interface Issuer extends AutoCloseable {
  /**
   * Names this issuer in storage keys and records, equal on all nodes and after every restart; of
   * the characters {@code a-z 0-9 . - _} only.
   */
  String id();

  /** What people call it, for messages: {@code Let's Encrypt}. */
  String displayName();

  /**
   * Whether it asks for proof of control of names, by challenges that a {@link ChallengeSolver}
   * answers. If so, an application without a solver for a name is refused at its start. False
   * unless overridden: who signs for other reasons needs no solver.
   */
  default boolean asksForProof() {
    return false;
  }

  /** Called once, before anything else. */
  void start(IssuerContext context);

  /**
   * Whether this node could take the next step now, as far as can be told without asking anybody: a
   * server that answers challenges may not be started yet. AutoTls asks before it takes the lease
   * of a certificate, so that a node that has to wait leaves the step to one that has not. Cheap,
   * and does no I/O. Ready unless overridden.
   *
   * @param names as in {@link Issuance#names}
   * @param state what the previous step returned; empty before the first step
   */
  default Readiness readiness(List<String> names, Map<String, String> state) {
    return Readiness.ready();
  }

  /**
   * Takes the next step.
   *
   * @throws IssuerException if the step failed; its reaction says what happens next
   * @throws IOException if the storage failed, or the network; the same step is tried again
   */
  Progress advance(Issuance issuance) throws IssuerException, IOException;

  /**
   * When this issuer would like one of its certificates to be renewed (RFC 9773 for ACME). Optional
   * work: it never delays a renewal, and whoever offers nothing keeps the default, which is empty.
   *
   * @throws IssuerException if it could not be found out; AutoTls goes by the certificate's own
   *     lifetime until it is asked again
   * @throws IOException if the network failed
   */
  default Optional<RenewalWindow> renewalWindow(X509Certificate certificate)
      throws IssuerException, IOException {
    return Optional.empty();
  }

  /**
   * Who makes the keys of its certificates. {@link KeyOrigin#NODE} unless overridden, and best:
   * then a private key is never sent anywhere.
   */
  default KeyOrigin keyOrigin() {
    return KeyOrigin.NODE;
  }

  /** Who makes the private key of a certificate. */
  enum KeyOrigin {
    /** AutoTls, which stores it before the first step; the issuer gets the public half. */
    NODE,
    /**
     * The issuer, which delivers it with the certificate: {@link Progress.Issued#withKey}. Its
     * issuances have neither a key pair nor a request, and say which type of key is wanted.
     */
    ISSUER
  }

  /** Whether {@link #revoke} works. False unless overridden. */
  default boolean revokes() {
    return false;
  }

  /**
   * Revokes one of its certificates. One that is revoked already is no error: after a crash, or on
   * another node, this is asked again.
   *
   * @throws IssuerException if it was refused, or could not be asked; AutoTls asks again later
   * @throws IOException if the network failed, or the storage
   * @throws UnsupportedOperationException unless it {@link #revokes}
   */
  default void revoke(X509Certificate certificate, RevocationReason reason)
      throws IssuerException, IOException {
    throw new UnsupportedOperationException(displayName() + " cannot revoke certificates.");
  }

  /**
   * The account that {@link #limits} apply to, equal on all nodes and known without asking the
   * issuer; of the characters {@code a-z 0-9 . - _} only.
   */
  default String account() {
    return "default";
  }

  /**
   * What this issuer allows to be ordered from it in a time. {@link OrderLimits#none} unless known.
   */
  default OrderLimits limits() {
    return OrderLimits.none();
  }

  /**
   * What certificates of this issuer are good for. One of a lesser kind never takes the place of a
   * better one that still works. {@link Trust#PUBLIC} unless known.
   */
  default Trust trust() {
    return Trust.PUBLIC;
  }

  /** Who believes the certificates of an issuer; in ascending order. */
  enum Trust {
    /** Nobody: an environment for tests. */
    TEST,
    /** Those who were given its root, such as the clients of an internal CA. */
    PRIVATE,
    /** Everybody. */
    PUBLIC
  }

  /**
   * Gives up an issuance that will not be continued: takes away what was published for it. Called
   * at most rarely, never in place of a step, and safe to repeat.
   */
  void abandon(Issuance issuance) throws IOException;

  /** Ends what {@link #start} began. Closing twice is harmless. */
  @Override
  void close();
}

package io.autotls.spi;

import java.io.IOException;

/**
 * Who signs certificates: an ACME CA, or another authority.
 *
 * <p>An issuance is a sequence of short steps. Each call of {@link #advance} takes one step and
 * returns what is to be remembered; AutoTls stores that, releases everything, and calls again when
 * it is due, in this process or, after a crash, in another one. An issuer therefore keeps nothing
 * of an issuance in memory that it cannot do without, never waits inside a step, and writes down
 * <em>before</em> a step what it must know if the answer to that step is lost.
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

  /** Called once, before anything else. */
  void start(IssuerContext context);

  /**
   * Takes the next step.
   *
   * @throws IssuerException if the step failed; its reaction says what happens next
   * @throws IOException if the storage failed, or the network; the same step is tried again
   */
  Progress advance(Issuance issuance) throws IssuerException, IOException;

  /**
   * Gives up an issuance that will not be continued: takes away what was published for it. Called
   * at most rarely, never in place of a step, and safe to repeat.
   */
  void abandon(Issuance issuance) throws IOException;

  /** Ends what {@link #start} began. Closing twice is harmless. */
  @Override
  void close();
}

package io.autotls.spi;

import java.io.IOException;

/**
 * Answers one type of challenge.
 *
 * <p>One solver belongs to one {@code AutoTls} and is safe for use by many threads. AutoTls first
 * {@link #start starts} it, asks whether it is {@link #readiness ready} before it orders anything,
 * then calls {@link #present} before it tells the CA to look, and {@link #cleanUp} when the
 * challenge is over, however it ended. Both may be repeated, after a crash too, and by another node
 * than the one that presented: they must be idempotent. They may block for I/O, and must return or
 * throw within a bounded time: an order waits for them.
 */
public interface ChallengeSolver extends AutoCloseable {
  /** The challenge type that this answers, for example {@code http-01}. */
  String type();

  /**
   * Whether this can prove control of {@code identifier}, a name in A-labels without {@code *.} or
   * an IP address. HTTP-01 and TLS-ALPN-01 cannot prove wildcards (RFC 8555 §8.3, RFC 8737 §3).
   */
  boolean supports(String identifier, boolean wildcard);

  /** Called once, before anything else. */
  void start(SolverContext context);

  /** Whether a challenge could be answered now. Cheap, and does no I/O. */
  Readiness readiness();

  /**
   * Makes the answer visible to the CA. When this returns the CA may look.
   *
   * @throws IOException if the answer could not be published; the order is tried again later
   */
  void present(Challenge challenge) throws IOException;

  /** Takes the answer away. An answer that is not there is no error. */
  void cleanUp(Challenge challenge) throws IOException;

  /** Ends what {@link #start} began. Closing twice is harmless. */
  @Override
  void close();
}

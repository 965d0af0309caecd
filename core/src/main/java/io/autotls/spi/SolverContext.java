package io.autotls.spi;

import io.autotls.tls.Keyring;
import java.util.Optional;

/** What a {@link ChallengeSolver} gets from the {@code AutoTls} that it works for. */
public interface SolverContext extends SpiContext {
  /**
   * The challenge of this type that is under way for {@code key}, on this node or on any other that
   * shares the storage. The key is the token for {@code http-01} and the identifier for {@code
   * tls-alpn-01}.
   *
   * <p>Fast for challenges of this node. For others it may read the storage; such reads are bounded
   * in number and time, so that a scanner cannot burden the store. Never throws: what cannot be
   * read is not there.
   */
  Optional<Challenge> challenge(String type, String key);

  /** What handshakes read; TLS-ALPN-01 puts its challenge certificates beside it. */
  Keyring keyring();

  /**
   * Tells AutoTls that {@link ChallengeSolver#readiness} may have changed, so that waiting work
   * goes on.
   */
  void readinessChanged();
}

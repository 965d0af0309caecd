package io.autotls.acme;

import java.io.IOException;
import java.util.Optional;

/**
 * Proves to the CA that its user controls the names: chooses challenges, and puts the answers in
 * place and away again. Called by one thread at a time for one order, and by many for many orders.
 *
 * <p>Only what is chosen is ever used. A type whose form is not settled, such as {@code
 * dns-persist-01}, is therefore used by those alone who name it here.
 */
public interface Prover {
  /**
   * The challenge to answer; empty if none of them ever can be. If one of them is {@link
   * ChallengeStatus#PROCESSING}, it was answered before, and has to be chosen again.
   *
   * @throws ProverNotReadyException if one of them could be answered, but not now; the order waits
   */
  Optional<Challenge> choose(Authorization authorization) throws ProverNotReadyException;

  /**
   * Makes the answer visible to the CA. When this returns the CA may look. May be called again for
   * the same answer.
   *
   * @throws ProverNotReadyException if that cannot be done now; the CA is not told to look, and the
   *     order waits
   * @throws IOException if that was not possible; the order is left as it is
   */
  void present(Proof proof) throws IOException;

  /**
   * Takes the answer away. May be called for answers that are not there, and for challenges that
   * were not chosen: after a crash nobody knows which ones were.
   */
  void withdraw(Proof proof) throws IOException;

  /** Chooses the challenge of that type. */
  static Optional<Challenge> ofType(Authorization authorization, String type) {
    return authorization
        .challenge(type)
        .filter(challenge -> challenge.token().isPresent() || !Challenge.needsToken(type));
  }
}

package io.autotls.acme;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Proves to the CA that its user controls the names: chooses challenges, and puts the answers in
 * place and away again. Called by one thread at a time for one order, and by many for many orders.
 *
 * <p>An order goes through three phases, and nothing is held between them. All its answers are
 * {@linkplain #present presented}; then it is asked until they are {@linkplain #settle visible};
 * only then the CA is told to look. An answer for the DNS looks like this:
 *
 * <pre>{@code
 * public ProofVisibility present(List<Proof> proofs) throws IOException {
 *   for (Proof proof : proofs) {
 *     zone.addTxt(
 *         DnsChallenges.dns01Name(proof.identifier()),
 *         DnsChallenges.value(proof.keyAuthorization()));
 *   }
 *   return ProofVisibility.notYet(Duration.ofSeconds(30), "the zone's servers have to follow");
 * }
 *
 * public ProofVisibility settle(List<Proof> proofs) throws IOException {
 *   return zone.isEverywhere(proofs)
 *       ? ProofVisibility.visible()
 *       : ProofVisibility.notYet(Duration.ofSeconds(10), "the zone's servers have to follow");
 * }
 * }</pre>
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
  Optional<AcmeChallenge> choose(Authorization authorization) throws ProverNotReadyException;

  /**
   * The one place that this answer needs for itself, as a name and its wildcard may in the DNS of a
   * provider with room for one value. Answers of one order that need the same place are presented
   * one after the other, each after the CA has validated the one before. Empty unless overridden:
   * any number can stand beside each other.
   */
  default Optional<String> place(Proof proof) {
    return Optional.empty();
  }

  /**
   * Publishes the answers of an order, and says whether the CA could see them. May be called again
   * for the same answers.
   *
   * @param proofs never empty; those of the whole order, as a rule
   * @throws ProverNotReadyException if that cannot be done now; the CA is not told to look, and the
   *     order waits
   * @throws IOException if that was not possible; the order is left as it is
   */
  ProofVisibility present(List<Proof> proofs) throws IOException;

  /**
   * Looks whether what was presented can be seen by now. Called when {@link #present} said that it
   * cannot be yet, after the time it named, and again until it can; perhaps in another process.
   * Must not change anything. Visible unless overridden: whoever only asks for patience gets it
   * once.
   *
   * @return never {@link ProofVisibility.Postponed}, which is taken for {@code NotYet}
   * @throws ProverNotReadyException if that cannot be found out now; the order waits
   * @throws IOException if that was not possible; the order is left as it is
   */
  default ProofVisibility settle(List<Proof> proofs) throws IOException {
    return ProofVisibility.visible();
  }

  /**
   * Takes the answers away. May be called for answers that are not there, and for challenges that
   * were not chosen: after a crash nobody knows which ones were.
   */
  void withdraw(List<Proof> proofs) throws IOException;

  /** Chooses the challenge of that type. */
  static Optional<AcmeChallenge> ofType(Authorization authorization, String type) {
    return authorization
        .challenge(type)
        .filter(challenge -> challenge.token().isPresent() || !AcmeChallenge.needsToken(type));
  }
}

package io.autotls.testing.ca.internal.acme;

/** Checks one type of challenge over the network. Blocks; has its own deadline. */
@FunctionalInterface
public interface ChallengeValidator {
  /** Returns if the answer is right, and says otherwise what is wrong. */
  void validate(Proof proof) throws ProblemException;
}

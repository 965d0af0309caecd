package io.autotls.spi;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What an {@link Issuer} gets from the {@code AutoTls} that it works for. */
public interface IssuerContext {
  /** Where accounts and answers to challenges are kept. */
  Storage storage();

  /** The time. */
  TimeSource time();

  /** For jitter; not for secrets. */
  RandomGenerator random();

  /** The solvers, started, in the order in which they are to be tried. */
  List<ChallengeSolver> solvers();

  /** The contact address for the CA, if the application gave one. */
  Optional<String> email();

  /** Whether the application agreed to the issuer's terms of service. */
  boolean termsOfServiceAgreed();

  /**
   * Makes a challenge known to all nodes, before its solver presents it.
   *
   * @throws java.io.IOException if it could not be stored
   */
  void publish(Challenge challenge) throws java.io.IOException;

  /** Forgets a challenge that {@link #publish} made known. One that is not there is no error. */
  void withdraw(Challenge challenge) throws java.io.IOException;
}

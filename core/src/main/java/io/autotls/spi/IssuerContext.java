package io.autotls.spi;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
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

  /**
   * The addresses at which the CA may reach somebody, such as {@code ops@example.com}; empty if the
   * application gave none. Checked, without {@code mailto:}, their domains in A-labels.
   */
  List<String> emails();

  /** Whether the application agreed to the issuer's terms of service. */
  boolean termsOfServiceAgreed();

  /**
   * Answers challenges of an order: makes them known to all nodes, takes the {@linkplain
   * ChallengeSolver#place places} that they need, and has their solvers present them. Tell the CA
   * to look only after this, or {@link #settle}, has said that they are visible; store in between
   * what {@code settle} and {@link #cleanUp} need. Repeating it is harmless.
   *
   * @param challenges all of them at once, but no two for one place
   * @return {@link Visibility.Postponed} also if another order has one of the places; whatever had
   *     been published is taken away again, so that a step that waits keeps nobody out
   * @throws SolverFailedException if a solver failed
   * @throws IOException if the storage failed
   * @throws IllegalArgumentException if there is no solver for one of them
   */
  Visibility present(Issuance work, List<Challenge> challenges) throws IOException;

  /**
   * Asks the solvers whether what was presented, on whichever node, can be seen by now. A step that
   * does nothing else says so: {@link Progress.Asks#SOLVERS}.
   *
   * @throws SolverFailedException if a solver failed
   * @throws IllegalArgumentException if there is no solver for one of them
   */
  Visibility settle(Issuance work, List<Challenge> challenges) throws IOException;

  /**
   * Has the answers taken away, and frees their places. Those that are not there, or that nobody
   * here could have presented, are no error. Whatever fails is tried again within a day.
   */
  void cleanUp(Issuance work, List<Challenge> challenges) throws IOException;

  /**
   * Asks the ledger whether another order may be made now, and writes it down. Called right before
   * an order, and not for one that exists already: what is written down and then lost in a crash
   * counts, because the issuer may have counted it too.
   *
   * @throws IssuerException if the {@link Issuer#limits} leave no room; says when they will
   * @throws IOException if the storage failed; then nothing may be ordered
   */
  void admit(Issuance work) throws IssuerException, IOException;

  /**
   * Notes that the validation of a name failed, for {@link OrderLimits.Scope#FAILURES_OF_NAME}.
   * Never throws: a note that is lost is made up for by the issuer's own refusal.
   */
  void validationFailed(String name);

  /**
   * Says how the issuer's clock compares with {@link #time}, where its answers tell that. A wide
   * difference is told to a person, and what the issuer made is judged by its own clock. An issuer
   * that never calls this is judged by ours. Never throws.
   *
   * @param ahead how far the issuer's clock is ahead, negative if it is behind
   */
  default void clockHeard(Duration ahead) {}
}

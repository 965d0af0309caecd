package io.autotls.spi;

import io.autotls.tls.ChallengeCertificates;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** What a {@link ChallengeSolver} gets from the {@code AutoTls} that it works for. */
public interface SolverContext {
  /** The time. What is scheduled ends with AutoTls. */
  TimeSource time();

  /**
   * Where work that takes a while is done, such as a call over the network: never on the timer's
   * thread. What has not begun when AutoTls is closed is dropped.
   */
  Executor executor();

  /**
   * The port on which visitors reach https, for redirects: {@code autotls.https.public-port}, else
   * the port that https is served on; 443 unless set.
   */
  int publicHttpsPort();

  /**
   * The challenge of this type that is under way for {@code key}, on this node or on any other that
   * shares the storage. The key is the {@linkplain ChallengeSolver#place place} where the solver
   * has one for it, such as the identifier for {@code tls-alpn-01}; else it is the token.
   *
   * <p>Fast for challenges of this node. For others the storage is asked, on the thread of the
   * caller; a flood of unknown keys shares a few looks into it, so that it can neither burden the
   * store nor hide a challenge that is there. Never throws: what cannot be read is not there.
   */
  Optional<Challenge> challenge(String type, String key);

  /**
   * As {@link #challenge}, for servers that hold no thread while they wait. What is known on this
   * node is there at once; else the stage completes on a worker thread of AutoTls, which must not
   * be blocked. Completes with nothing when AutoTls is closed, and never with an exception.
   */
  default CompletionStage<Optional<Challenge>> lookUp(String type, String key) {
    return CompletableFuture.completedFuture(challenge(type, key));
  }

  /** What has to be cleaned up after this solver, by whichever node. */
  CleanUpJournal journal();

  /**
   * The certificates that handshakes for {@code acme-tls/1} get; there for the solver of {@code
   * tls-alpn-01}, and for no other one.
   */
  Optional<ChallengeCertificates> challengeCertificates();

  /**
   * Tells AutoTls that {@link ChallengeSolver#readiness} may have changed, so that waiting work
   * goes on.
   */
  void readinessChanged();
}

package io.autotls.spi;

/** Whether a solver could answer a challenge now, and if not, what is missing. */
public sealed interface Readiness {
  /** The solver can answer. */
  record Ready() implements Readiness {}

  /**
   * The solver cannot answer yet. Nothing is ordered meanwhile.
   *
   * @param reason what is missing and what the person can do, for example {@code "no server listens
   *     on port 80 yet: call JettyAutoTls.install(server, tls) and start the server"}
   */
  record NotReady(String reason) implements Readiness {}

  /** The solver can answer. */
  static Readiness ready() {
    return new Ready();
  }

  /** The solver cannot answer yet, because of {@code reason}. */
  static Readiness notReady(String reason) {
    return new NotReady(reason);
  }
}

package io.autotls.spi;

/**
 * Makes the solver for a challenge type. Found by {@link java.util.ServiceLoader}: a solver on the
 * class path or module path is used without further configuration.
 */
public interface SolverFactory {
  /** The challenge type, for example {@code http-01}. */
  String type();

  /**
   * Where this type stands in the order of trying unless {@code autotls.challenge} says; low is
   * first.
   */
  int order();

  /** Makes a solver for one {@code AutoTls}. */
  ChallengeSolver create(SpiContext context);
}

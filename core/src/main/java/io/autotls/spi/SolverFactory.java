package io.autotls.spi;

import java.util.List;

/**
 * Makes the solver for a challenge type. Found by {@link java.util.ServiceLoader}: a solver on the
 * class path or module path is used without further configuration, unless {@code autotls.challenge}
 * names others. A module names its factory in {@code module-info} and in {@code META-INF/services}.
 */
public interface SolverFactory {
  /** The challenge type, for example {@code http-01}. */
  String type();

  /**
   * Where this type stands in the order of trying unless {@code autotls.challenge} says; low is
   * first. Of two factories for one type the lower one is used.
   */
  int order();

  /**
   * The settings that it may ask {@link SpiContext#setting} for. A solver that finds parts of its
   * own by name, as providers of DNS, declares the settings of all of them here. Asked for at each
   * start, also if the solver is not used. None unless overridden.
   */
  default List<Setting<?>> settings() {
    return List.of();
  }

  /**
   * Makes a solver for one {@code AutoTls}.
   *
   * @throws IllegalArgumentException if the settings do not fit together; the message says why, and
   *     shows no secret
   */
  ChallengeSolver create(SpiContext context);
}

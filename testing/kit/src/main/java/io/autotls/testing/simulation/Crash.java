package io.autotls.testing.simulation;

/**
 * A process ended here. It unwinds the call that was under way; whatever that one still tries on
 * its way out is refused in the same way, as nothing happens any more in a process that was killed.
 */
final class Crash extends Error {
  private static final long serialVersionUID = 1L;

  Crash() {
    super("the simulated process ended here", null, false, false);
  }
}

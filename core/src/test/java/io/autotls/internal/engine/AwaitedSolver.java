package io.autotls.internal.engine;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;

/** Cannot answer before it is told that it can. */
final class AwaitedSolver implements ChallengeSolver {
  private SolverContext context;
  private boolean ready;
  private boolean whileAsked;
  private String reason = "port 80 is closed";

  /** Becomes ready right after it said that it was not. */
  AwaitedSolver readyAsSoonAsItIsAsked() {
    whileAsked = true;
    return this;
  }

  void becomesReady() {
    ready = true;
    context.readinessChanged();
  }

  /** Something else is missing from now on. */
  void waitsFor(String other) {
    reason = other;
    context.readinessChanged();
  }

  @Override
  public String type() {
    return "none-01";
  }

  @Override
  public boolean supports(String identifier, boolean wildcard) {
    return true;
  }

  @Override
  public void start(SolverContext context) {
    this.context = context;
  }

  @Override
  public Readiness readiness() {
    Readiness answer = ready ? Readiness.ready() : Readiness.notReady(reason);
    if (whileAsked && !ready) {
      becomesReady();
    }
    return answer;
  }

  @Override
  public void present(Challenge challenge) {}

  @Override
  public void cleanUp(Challenge challenge) {}

  @Override
  public void close() {}
}

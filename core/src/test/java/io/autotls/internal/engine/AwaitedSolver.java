package io.autotls.internal.engine;

import io.autotls.spi.Challenge;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.spi.Visibility;
import java.util.List;

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
  public Visibility present(List<Challenge> challenges) {
    return Visibility.visible();
  }

  @Override
  public void cleanUp(List<Challenge> challenges) {}

  @Override
  public void close() {}
}

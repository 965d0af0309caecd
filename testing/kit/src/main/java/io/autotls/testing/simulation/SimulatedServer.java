package io.autotls.testing.simulation;

import io.autotls.spi.Readiness;
import io.autotls.spi.SolverContext;
import io.autotls.testing.ReadySolver;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The server of the application in one process: it listens some time after AutoTls was enabled. */
final class SimulatedServer extends ReadySolver {
  private final Scheduler scheduler;
  private @Nullable SolverContext context; // null before AutoTls has started
  private boolean listening;
  private long changedAt;

  SimulatedServer(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  void listens() {
    set(true);
  }

  void stops() {
    set(false);
  }

  private void set(boolean now) {
    listening = now;
    changedAt = scheduler.nanos();
    if (context != null) {
      context.readinessChanged();
    }
  }

  boolean isListening() {
    return listening;
  }

  /** How long it has been as it is. */
  Duration unchanged() {
    return Duration.ofNanos(scheduler.nanos() - changedAt);
  }

  @Override
  public void start(SolverContext context) {
    this.context = context;
  }

  @Override
  public Readiness readiness() {
    return listening ? Readiness.ready() : Readiness.notReady("the server does not listen");
  }
}

package io.autotls.solver.http.internal;

import io.autotls.solver.http.Http01Solver;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.ServerAdapter;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;
import java.util.ServiceLoader;

/**
 * Uses the server of the application if there is an adapter for one, else a listener of its own.
 */
public final class Http01SolverFactory implements SolverFactory {
  /** For {@link ServiceLoader}. */
  public Http01SolverFactory() {}

  @Override
  public String type() {
    return Http01Solver.TYPE;
  }

  @Override
  public int order() {
    return 10;
  }

  @Override
  public ChallengeSolver create(SpiContext context) {
    return hasAdapter()
        ? Http01Solver.embedded()
        : Http01Solver.listening(PortSetting.HTTP.of(context));
  }

  private static boolean hasAdapter() {
    ClassLoader loader = Http01SolverFactory.class.getClassLoader();
    return ServiceLoader.load(ServerAdapter.class, loader).findFirst().isPresent();
  }
}

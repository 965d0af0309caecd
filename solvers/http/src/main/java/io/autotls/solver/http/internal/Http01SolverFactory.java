package io.autotls.solver.http.internal;

import io.autotls.solver.http.Http01Solver;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;
import java.util.ServiceLoader;

/**
 * Uses the server of the application if there is an adapter for one, else a listener of its own.
 */
public final class Http01SolverFactory implements SolverFactory {
  private final ClassLoader loader;

  /** For {@link ServiceLoader}. */
  public Http01SolverFactory() {
    this(Http01SolverFactory.class.getClassLoader());
  }

  Http01SolverFactory(ClassLoader loader) {
    this.loader = loader;
  }

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
    return InstalledAdapters.installation(loader).isPresent()
        ? Http01Solver.embedded()
        : Http01Solver.listening(context.httpPort());
  }
}

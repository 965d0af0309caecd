package io.autotls.solver.tlsalpn.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;

/** Makes the solver for those who configure nothing. It is tried after {@code http-01}. */
public final class TlsAlpn01SolverFactory implements SolverFactory {
  /** For {@link java.util.ServiceLoader}. */
  public TlsAlpn01SolverFactory() {}

  @Override
  public String type() {
    return TlsAlpn01Solver.TYPE;
  }

  @Override
  public int order() {
    return 20;
  }

  @Override
  public ChallengeSolver create(SpiContext context) {
    return TlsAlpn01Solver.create();
  }
}

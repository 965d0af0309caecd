package io.autotls.solver.tlsalpn.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.ChallengeSolver;
import io.autotls.spi.SolverFactory;
import io.autotls.spi.SpiContext;

/** Makes the solver for {@code tls-alpn-01}. */
public final class TlsAlpn01SolverFactory implements SolverFactory {
  /** For {@link java.util.ServiceLoader}. */
  public TlsAlpn01SolverFactory() {}

  @Override
  public String type() {
    return TlsAlpn01Solver.TYPE;
  }

  @Override
  public int order() {
    return 20; // after http-01, which needs nothing of the TLS side
  }

  @Override
  public ChallengeSolver create(SpiContext context) {
    return TlsAlpn01Solver.create();
  }
}

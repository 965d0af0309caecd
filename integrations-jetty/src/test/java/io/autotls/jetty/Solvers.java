package io.autotls.jetty;

import io.autotls.solver.http.Http01Solver;
import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
import io.autotls.spi.ChallengeSolver;

/** What the adapter brings along. */
final class Solvers {
  private Solvers() {}

  static ChallengeSolver of(String type) {
    return type.equals(Http01Solver.TYPE) ? Http01Solver.embedded() : TlsAlpn01Solver.create();
  }
}

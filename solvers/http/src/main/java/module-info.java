/**
 * Answers HTTP-01 challenges (RFC 8555 §8.3). Begin with {@link
 * io.autotls.solver.http.Http01Solver}.
 */
module io.autotls.solver.http {
  requires transitive io.autotls.core;
  requires org.slf4j;

  exports io.autotls.solver.http;

  uses io.autotls.spi.ServerAdapter;

  provides io.autotls.spi.SolverFactory with
      io.autotls.solver.http.internal.Http01SolverFactory;
}

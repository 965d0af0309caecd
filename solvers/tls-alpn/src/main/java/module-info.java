/**
 * Answers TLS-ALPN-01 challenges (RFC 8737). Begin with {@link
 * io.autotls.solver.tlsalpn.TlsAlpn01Solver}.
 */
module io.autotls.solver.tlsalpn {
  requires transitive io.autotls.core;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;

  exports io.autotls.solver.tlsalpn;

  uses io.autotls.spi.ServerAdapter;

  provides io.autotls.spi.SolverFactory with
      io.autotls.solver.tlsalpn.internal.TlsAlpn01SolverFactory;
}

/** Automatic HTTPS for Jetty 12. Begin with {@link io.autotls.jetty.JettyAutoTls}. */
module io.autotls.jetty {
  requires transitive io.autotls.core;
  requires transitive org.jspecify;
  requires transitive org.eclipse.jetty.server;
  requires io.autotls.solver.http;
  requires io.autotls.solver.tlsalpn;
  requires org.eclipse.jetty.alpn.server;
  requires org.eclipse.jetty.http2.server;
  requires org.slf4j;

  exports io.autotls.jetty;

  provides io.autotls.spi.ServerAdapter with
      io.autotls.jetty.internal.JettyAdapter;
}

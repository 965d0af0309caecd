/** Automatic HTTPS for Jetty 12. Begin with {@link io.autotls.jetty.JettyAutoTls}. */
module io.autotls.jetty {
  requires transitive io.autotls.core;
  requires transitive org.jspecify;
  requires transitive io.autotls.solver.http;
  requires io.autotls.solver.tlsalpn;
  requires transitive org.eclipse.jetty.server;
  requires org.eclipse.jetty.http;
  requires org.eclipse.jetty.http2.common;
  requires org.eclipse.jetty.http2.server;
  requires org.eclipse.jetty.io;
  requires transitive org.eclipse.jetty.util;

  exports io.autotls.jetty;

  provides io.autotls.spi.ServerAdapter with
      io.autotls.jetty.internal.JettyAdapter;
}

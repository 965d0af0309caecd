/** Automatic HTTPS for Tomcat. Begin with {@link io.autotls.tomcat.TomcatAutoTls}. */
module io.autotls.tomcat {
  requires transitive io.autotls.core;
  requires transitive org.jspecify;
  requires transitive io.autotls.solver.http;
  requires io.autotls.solver.tlsalpn;
  requires transitive org.apache.tomcat.embed.core;

  exports io.autotls.tomcat;

  provides io.autotls.spi.ServerAdapter with
      io.autotls.tomcat.internal.TomcatAdapter;
}

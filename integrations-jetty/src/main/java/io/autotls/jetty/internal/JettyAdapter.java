package io.autotls.jetty.internal;

import io.autotls.spi.ServerAdapter;

/** Tells solvers that Jetty will answer for them. */
public final class JettyAdapter implements ServerAdapter {
  /** For the service loader. */
  public JettyAdapter() {}

  @Override
  public String installation() {
    return "JettyAutoTls.install(server, tls)";
  }
}

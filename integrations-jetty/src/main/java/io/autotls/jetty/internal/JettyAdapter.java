package io.autotls.jetty.internal;

import io.autotls.spi.ServerAdapter;

/** Says that there is an adapter for Jetty. */
public final class JettyAdapter implements ServerAdapter {
  /** For {@link java.util.ServiceLoader}. */
  public JettyAdapter() {}

  @Override
  public String installation() {
    return "JettyAutoTls.install(server, tls)";
  }
}

package io.autotls.tomcat.internal;

import io.autotls.spi.ServerAdapter;

/** Tells solvers that Tomcat will answer for them. */
public final class TomcatAdapter implements ServerAdapter {
  /** For the service loader. */
  public TomcatAdapter() {}

  @Override
  public String installation() {
    return "TomcatAutoTls.install(tomcat, tls)";
  }
}

package io.autotls.tomcat.internal;

import io.autotls.spi.ServerAdapter;

/** Says that there is an adapter for Tomcat. */
public final class TomcatAdapter implements ServerAdapter {
  /** For {@link java.util.ServiceLoader}. */
  public TomcatAdapter() {}

  @Override
  public String installation() {
    return "TomcatAutoTls.install(tomcat, tls)";
  }
}

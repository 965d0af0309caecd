package io.autotls.tomcat.internal;

import io.autotls.AutoTls;

/** Whether {@code acme-tls/1} may be negotiated now. */
@FunctionalInterface
interface AcmeTlsGate {
  boolean permits(String protocol);

  static AcmeTlsGate of(AutoTls tls) {
    return protocol -> true;
  }
}

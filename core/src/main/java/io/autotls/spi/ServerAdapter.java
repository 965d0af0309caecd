package io.autotls.spi;

/**
 * Says that an adapter for a server, such as Jetty or Tomcat, is on the class path, found by {@link
 * java.util.ServiceLoader}. Solvers then wait for that server instead of opening a port of their
 * own.
 */
public interface ServerAdapter {
  /**
   * What the application calls to install it, for messages: {@code JettyAutoTls.install(server,
   * tls)}.
   */
  String installation();
}

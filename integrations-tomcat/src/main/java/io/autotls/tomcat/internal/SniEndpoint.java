package io.autotls.tomcat.internal;

import java.util.Optional;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.jspecify.annotations.Nullable;

/**
 * Tells the TLS context which host a client asked for. Tomcat reads it from the ClientHello before
 * it creates the engine, but does not pass it on.
 *
 * <p>On JDK 25 a session is restored from its ticket before JSSE itself has seen the host. A key
 * manager that does not know it then answers for the default name, and no other name is ever
 * resumed.
 */
final class SniEndpoint extends NioEndpoint {
  // Tomcat asks for the configuration of a host and for an engine one after the other, on the same
  // thread, with no other way to connect the two.
  private final ThreadLocal<@Nullable String> requested = new ThreadLocal<>();

  @Override
  protected SSLHostConfig getSSLHostConfig(@Nullable String sniHostName) {
    requested.set(sniHostName);
    return super.getSSLHostConfig(sniHostName);
  }

  /** The host that the client asked for with SNI on this thread; taken once. */
  Optional<String> takeRequestedHost() {
    String host = requested.get();
    requested.remove();
    return Optional.ofNullable(host);
  }
}

package io.autotls.tomcat.internal;

import io.autotls.solver.tlsalpn.TlsAlpn01Solver;
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
  private static final String HTTP_1_1 = "http/1.1";

  // Tomcat asks for the configuration of a host and for an engine one after the other, on the same
  // thread, with no other way to connect the two.
  private final ThreadLocal<@Nullable String> requested = new ThreadLocal<>();

  @Override
  public void bind() throws Exception {
    // Tomcat offers what was added to the connector and speaks http/1.1 when there is nothing in
    // common. A client that knows http/1.1 and acme-tls/1 would get the second, and the wrong
    // certificate with it: http/1.1 is offered too, and acme-tls/1 comes last.
    negotiableProtocols.remove(HTTP_1_1);
    boolean acmeTls = negotiableProtocols.remove(TlsAlpn01Solver.PROTOCOL);
    negotiableProtocols.add(HTTP_1_1);
    if (acmeTls) {
      negotiableProtocols.add(TlsAlpn01Solver.PROTOCOL);
    }
    super.bind();
  }

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

package io.autotls.testing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Visitor} says in its ClientHello.
 *
 * @param serverName the host in SNI; null for none
 * @param versions of TLS, as Java names them
 * @param protocols offered by ALPN; none means without ALPN
 */
public record Hello(@Nullable String serverName, List<String> versions, List<String> protocols) {
  /** Copies the lists. */
  public Hello {
    versions = List.copyOf(versions);
    protocols = List.copyOf(protocols);
  }

  /** One that leaves the version to the server. */
  public static Hello to(@Nullable String serverName, String... protocols) {
    return new Hello(serverName, List.of("TLSv1.3", "TLSv1.2"), List.of(protocols));
  }

  /** One that wants TLS 1.3. */
  public static Hello tls13(@Nullable String serverName, String... protocols) {
    return new Hello(serverName, List.of("TLSv1.3"), List.of(protocols));
  }

  /** One that wants TLS 1.2. */
  public static Hello tls12(@Nullable String serverName, String... protocols) {
    return new Hello(serverName, List.of("TLSv1.2"), List.of(protocols));
  }
}

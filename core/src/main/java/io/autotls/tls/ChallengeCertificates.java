package io.autotls.tls;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The side of a {@link Keyring} that only handshakes for {@code acme-tls/1} see (RFC 8737), for
 * whoever answers TLS-ALPN-01. Safe for use by many threads.
 */
public interface ChallengeCertificates {
  /**
   * Serves {@code certificate} to handshakes for {@code acme-tls/1} that name {@code serverName},
   * and to nobody else. Of several for one name the newest is served.
   *
   * @param serverName a DNS name, or the {@linkplain IpAddress#reverseName reverse name} of an IP
   *     address, as in SNI
   */
  void install(String serverName, Credential certificate);

  /** Serves {@code certificate} no longer; one that is not there is no error. */
  void remove(String serverName, Credential certificate);

  /**
   * Says where to look for challenges that another node began. What is found there goes before what
   * was {@linkplain #install installed} here: another node may have gone on with the work since.
   * The lookup is called on the thread of a handshake for {@code acme-tls/1}, never for other
   * visitors. It gets the name in lower case, must return soon, and returns null for "none".
   */
  void lookup(Function<String, @Nullable Credential> lookup);
}

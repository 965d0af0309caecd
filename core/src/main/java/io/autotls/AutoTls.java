package io.autotls;

import io.autotls.spi.ChallengeSolver;
import io.autotls.tls.Keyring;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Automatic HTTPS for this application: obtains certificates, serves them, renews them.
 *
 * <p>Safe for use by many threads. Two instances in one JVM know nothing of each other.
 */
public final class AutoTls implements AutoCloseable {
  private final Keyring keyring;
  private final SSLContext sslContext;
  private final List<ChallengeSolver> solvers;
  private final int httpPort;
  private final int httpsPort;

  AutoTls(
      Keyring keyring,
      SSLContext sslContext,
      List<ChallengeSolver> solvers,
      int httpPort,
      int httpsPort) {
    this.keyring = keyring;
    this.sslContext = sslContext;
    this.solvers = List.copyOf(solvers);
    this.httpPort = httpPort;
    this.httpsPort = httpsPort;
  }

  /** What handshakes read. For adapters of servers. */
  public Keyring keyring() {
    return keyring;
  }

  /** A context that always serves the present certificates, for any Java server. */
  public SSLContext sslContext() {
    return sslContext;
  }

  /** The solver of that class, if this instance uses one. For adapters of servers. */
  public <T extends ChallengeSolver> Optional<T> solver(Class<T> type) {
    return solvers.stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  /** The port on which adapters serve HTTP: {@code autotls.http.port}, 80 unless set. */
  public int httpPort() {
    return httpPort;
  }

  /** The port on which adapters serve HTTPS: {@code autotls.https.port}, 443 unless set. */
  public int httpsPort() {
    return httpsPort;
  }

  @Override
  public void close() {
    solvers.forEach(ChallengeSolver::close);
  }
}

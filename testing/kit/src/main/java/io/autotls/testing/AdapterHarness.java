package io.autotls.testing;

import io.autotls.AutoTls;
import io.autotls.spi.ChallengeSolver;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;

/** What an adapter shows to each of its contracts. Ends what a test began, the last first. */
abstract class AdapterHarness {
  private final Deque<AutoCloseable> begun = new ArrayDeque<>();

  /**
   * A server with the adapter installed, on the ports of {@code tls}, and with an application. The
   * contract starts and stops it.
   */
  protected abstract AdaptedServer install(AutoTls tls) throws Exception;

  /** The solver that the adapter brings along for a challenge type. */
  protected abstract ChallengeSolver solver(String type);

  /** Installs without starting. */
  final AdaptedServer prepare(AutoTls tls) throws Exception {
    AdaptedServer server = install(tls);
    begun.push(server::end);
    return server;
  }

  final <T extends AutoCloseable> T ending(T resource) {
    begun.push(resource);
    return resource;
  }

  @AfterEach
  final void endAll() throws Exception {
    while (!begun.isEmpty()) {
      begun.pop().close();
    }
  }
}

package io.autotls.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that have to know theirs before they listen, such as those that a CA is told
 * of.
 *
 * <p>They lie below those that systems give to outgoing connections and to listeners on port 0:
 * between the choice and its use none of these takes one away.
 */
public final class FreePorts {
  private static final int LOWEST = 10_240;
  private static final int BEYOND = 32_768;
  private static final int ATTEMPTS = 1_000;

  private FreePorts() {}

  /** A port on which nobody listens now. */
  public static int next() {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, BEYOND);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port from " + LOWEST + " to " + BEYOND);
  }

  private static boolean isFree(int port) {
    try (ServerSocket everywhere = new ServerSocket(port)) {
      return everywhere.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}

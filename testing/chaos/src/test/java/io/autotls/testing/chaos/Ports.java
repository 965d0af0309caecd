package io.autotls.testing.chaos;

import io.autotls.testing.FreePorts;
import java.util.HashSet;
import java.util.Set;

/**
 * Ports for nodes that listen much later, and between two lives not at all: each is given once.
 * Safe for use by many threads.
 */
final class Ports {
  private final Set<Integer> given = new HashSet<>(); // guarded by this

  synchronized int next() {
    int port = FreePorts.next();
    while (!given.add(port)) {
      port = FreePorts.next();
    }
    return port;
  }
}

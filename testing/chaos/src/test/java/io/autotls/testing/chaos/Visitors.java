package io.autotls.testing.chaos;

import io.autotls.testing.Visitor;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Somebody at every node all the time, who verifies chain, dates and name. A visit counts if the
 * node served from its beginning to its end; then it has to succeed.
 */
final class Visitors implements AutoCloseable {
  private final Visitor visitor;
  private final List<String> names;
  private final Duration rest;
  private final Diary diary;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicInteger visits = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final Map<String, Set<BigInteger>> seen = new HashMap<>(); // guarded by this

  private Visitors(Visitor visitor, List<String> names, Duration rest, Diary diary) {
    this.visitor = visitor;
    this.names = names;
    this.rest = rest;
    this.diary = diary;
  }

  /** Sends one to each node. */
  static Visitors start(
      Visitor visitor, List<Node> nodes, List<String> names, Duration rest, Diary diary) {
    Visitors visitors = new Visitors(visitor, names, rest, diary);
    for (Node node : nodes) {
      Thread thread = new Thread(() -> visitors.visit(node), "visitor of " + node.name());
      thread.setDaemon(true);
      thread.start();
    }
    return visitors;
  }

  private void visit(Node node) {
    try {
      for (int i = 0; !closed.await(rest.toMillis(), TimeUnit.MILLISECONDS); i++) {
        OptionalLong serving = node.serving();
        if (serving.isPresent()) {
          visit(node, serving, names.get(i % names.size()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void visit(Node node, OptionalLong serving, String name) {
    try {
      BigInteger serial = visitor.get(name, node.httpsPort()).leaf().getSerialNumber();
      synchronized (this) {
        seen.computeIfAbsent(name, n -> new HashSet<>()).add(serial);
      }
      visits.incrementAndGet();
    } catch (IOException | RuntimeException e) {
      if (node.serving().equals(serving)) {
        diary.note("BAD VISIT to %s, %s: %s", node, name, e);
        failures.add(node + ", " + name + ": " + e);
      }
    }
  }

  /** How many were welcomed. */
  int visits() {
    return visits.get();
  }

  /** Those that failed although their node served. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** The serial numbers that were shown for a name. */
  synchronized Set<BigInteger> seen(String name) {
    return Set.copyOf(seen.getOrDefault(name, Set.of()));
  }

  @Override
  public void close() {
    closed.countDown();
  }
}

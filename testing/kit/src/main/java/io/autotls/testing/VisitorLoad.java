package io.autotls.testing;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Visitors who make one request after the other, each with a full handshake that they verify, until
 * they are told to stop. Remembers every certificate that was presented, and everything that
 * failed.
 *
 * <p>Between two requests each of them rests for a moment: handshakes are computation, and without
 * a rest the visitors would take the processor from the server that they look at.
 */
public final class VisitorLoad implements AutoCloseable {
  private static final Duration REST = Duration.ofMillis(20);

  private final Visitor visitor;
  private final String name;
  private final int port;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final Set<BigInteger> serials = new LinkedHashSet<>(); // guarded by this
  private final CountDownLatch stopped = new CountDownLatch(1);

  private VisitorLoad(Visitor visitor, String name, int port) {
    this.visitor = visitor;
    this.name = name;
    this.port = port;
  }

  /** Starts so many visitors. */
  public static VisitorLoad start(Visitor visitor, String name, int port, int visitors) {
    VisitorLoad load = new VisitorLoad(visitor, name, port);
    for (int i = 0; i < visitors; i++) {
      Thread thread = new Thread(load::visitAgainAndAgain, "visitor-" + i);
      thread.setDaemon(true);
      thread.start();
      load.threads.add(thread);
    }
    return load;
  }

  private void visitAgainAndAgain() {
    try {
      do {
        visit();
        requests.incrementAndGet();
      } while (!stopped.await(REST.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void visit() {
    try {
      BigInteger serial = visitor.get(name, port).leaf().getSerialNumber();
      synchronized (this) {
        if (serials.add(serial)) {
          notifyAll();
        }
      }
    } catch (IOException | RuntimeException e) {
      failures.add(e.toString());
    }
  }

  /**
   * Waits until so many different certificates were presented.
   *
   * @return how many were, when the patience ended
   */
  public synchronized int awaitCertificates(int count, Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (serials.size() < count) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    return serials.size();
  }

  /** How many requests were made. */
  public int requests() {
    return requests.get();
  }

  /** What went wrong, a line for each request. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    stopped.countDown();
    try {
      for (Thread thread : threads) {
        thread.join(TimeUnit.SECONDS.toMillis(20));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.autotls.examples;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Visitors who keep coming until they are told to stop; each visit is a verified handshake. */
final class Load implements AutoCloseable {
  private static final int VISITORS = 2;

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private final CompletableFuture<X509Certificate> another = new CompletableFuture<>();
  private volatile X509Certificate before;
  private volatile boolean stopped;

  Load(Supplier<Visitor> visitors) {
    for (int i = 0; i < VISITORS; i++) {
      Thread thread = new Thread(() -> visitAgainAndAgain(visitors), "visitor-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  /** Begins, and returns the first certificate that is not {@code before}. */
  X509Certificate untilAnotherThan(X509Certificate before, Duration patience) throws Exception {
    this.before = before;
    threads.forEach(Thread::start);
    try {
      return another.get(patience.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("no renewal after " + patience.toSeconds() + " s", e);
    }
  }

  private void visitAgainAndAgain(Supplier<Visitor> visitors) {
    try (Visitor visitor = visitors.get()) {
      while (!stopped) {
        try {
          X509Certificate presented = visitor.visit();
          if (!presented.equals(before)) {
            another.complete(presented);
          }
        } catch (IOException e) {
          failures.incrementAndGet();
          System.err.println("a request failed: " + e);
        }
        requests.incrementAndGet();
      }
    }
  }

  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(15));
    }
  }

  int requests() {
    return requests.get();
  }

  int failures() {
    return failures.get();
  }

  @Override
  public void close() {
    stopped = true;
  }
}

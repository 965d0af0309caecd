package io.autotls.acme;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Real time. A latch that nobody opens is measured by the JVM's monotonic clock. */
enum SystemWaiter implements Waiter {
  INSTANCE;

  @Override
  public void await(Duration duration) throws InterruptedException {
    new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
  }
}

package io.autotls.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SystemTimeSourceCloseTest {
  /** Less than the five seconds that a step may take to its end, and much on a busy machine. */
  private static final long MOMENT_MILLIS = 4_500;

  private final TimeSource time = TimeSource.system(2);

  private long millisToClose() {
    long begin = System.nanoTime();
    time.close();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }

  @Test
  void aBlockedListenerHoldsUpNeitherTheWorkNorTheEnd() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    for (int i = 0; i < 5; i++) { // more than there are workers
      time.executeForListener(
          () -> {
            try {
              blocked.countDown();
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              interrupted.countDown();
            }
          });
    }
    blocked.await();
    CompletableFuture<Void> work = new CompletableFuture<>();
    time.execute(() -> work.complete(null));
    work.get(60, TimeUnit.SECONDS);

    assertThat(millisToClose()).isLessThan(MOMENT_MILLIS);
    assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoClosesFromATaskDoesNotWaitForItself() throws Exception {
    CompletableFuture<Long> fromListener = new CompletableFuture<>();
    time.executeForListener(() -> fromListener.complete(millisToClose()));
    assertThat(fromListener.get(60, TimeUnit.SECONDS)).isLessThan(MOMENT_MILLIS);

    TimeSource another = TimeSource.system(1);
    AtomicBoolean wasInterrupted = new AtomicBoolean();
    CompletableFuture<Void> fromWorker = new CompletableFuture<>();
    another.execute(
        () -> {
          another.close();
          wasInterrupted.set(Thread.currentThread().isInterrupted());
          fromWorker.complete(null);
        });
    fromWorker.get(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
    assertThat(wasInterrupted).isFalse();
  }

  @Test
  void whatAListenerIsBeingToldIsToldToTheEnd() {
    AtomicBoolean told = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    time.executeForListener(
        () -> {
          begun.countDown();
          told.set(true);
        });

    time.close();

    assertThat(told).isTrue();
  }
}

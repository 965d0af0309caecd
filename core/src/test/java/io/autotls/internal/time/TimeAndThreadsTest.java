package io.autotls.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.autotls.internal.cluster.SharedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TimeAndThreadsTest {
  /** Less than the five seconds that a step may take to its end, and much on a busy machine. */
  private static final long MOMENT_MILLIS = 4_500;

  private final TimeAndThreads ours = new TimeAndThreads(null, null, 2);

  private static long millisToClose(TimeAndThreads threads) {
    long begin = System.nanoTime();
    threads.close();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }

  @Test
  void aBlockedListenerHoldsUpNeitherTheWorkNorTheEnd() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    for (int i = 0; i < 5; i++) { // more than there are workers
      ours.listeners().execute(() -> blockUntilInterrupted(blocked, interrupted));
    }
    blocked.await();
    CompletableFuture<Void> work = new CompletableFuture<>();
    ours.work().execute(() -> work.complete(null));
    work.get(60, TimeUnit.SECONDS);

    assertThat(millisToClose(ours)).isLessThan(MOMENT_MILLIS);
    assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
  }

  private static void blockUntilInterrupted(CountDownLatch blocked, CountDownLatch interrupted) {
    try {
      blocked.countDown();
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.countDown();
    }
  }

  @Test
  void whoClosesFromATaskDoesNotWaitForItself() throws Exception {
    CompletableFuture<Long> fromListener = new CompletableFuture<>();
    ours.listeners().execute(() -> fromListener.complete(millisToClose(ours)));
    assertThat(fromListener.get(60, TimeUnit.SECONDS)).isLessThan(MOMENT_MILLIS);

    TimeAndThreads another = new TimeAndThreads(null, null, 1);
    AtomicBoolean wasInterrupted = new AtomicBoolean();
    CompletableFuture<Long> fromWorker = new CompletableFuture<>();
    another
        .work()
        .execute(
            () -> {
              long millis = millisToClose(another);
              wasInterrupted.set(Thread.currentThread().isInterrupted());
              fromWorker.complete(millis);
            });
    assertThat(fromWorker.get(60, TimeUnit.SECONDS)).isLessThan(MOMENT_MILLIS);
    assertThat(wasInterrupted).isFalse();
  }

  @Test
  void whatAListenerIsBeingToldIsToldToTheEnd() throws Exception {
    AtomicBoolean told = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    ours.listeners()
        .execute(
            () -> {
              begun.countDown();
              told.set(true);
            });
    begun.await();

    ours.close();

    assertThat(told).isTrue();
  }

  @Test
  void theExecutorOfTheApplicationIsLeftOpenAndItsThreadsUninterrupted() throws Exception {
    ExecutorService theirs = Executors.newFixedThreadPool(1);
    TimeAndThreads threads = new TimeAndThreads(null, theirs, 2);
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    threads.work().execute(() -> blockUntilInterrupted(blocked, interrupted));
    blocked.await();

    threads.close(); // takes its five seconds: the step does not end by itself
    boolean after = theirs.submit(() -> Thread.currentThread().isInterrupted()).get();
    threads.work().execute(() -> blocked.countDown());

    assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(after).isFalse();
    theirs.shutdown();
    assertThat(theirs.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatAnExecutorRefusesIsHandedInAgain() {
    SharedTime time = new SharedTime();
    SharedTime.Node node = time.node();
    List<Runnable> taken = new ArrayList<>();
    AtomicBoolean full = new AtomicBoolean(true);
    TimeAndThreads threads =
        new TimeAndThreads(
            node,
            task -> {
              if (full.get()) {
                throw new RejectedExecutionException("full");
              }
              taken.add(task);
            },
            2);

    threads.work().execute(() -> {});
    time.advance(Duration.ofSeconds(10));
    assertThat(taken).isEmpty();
    full.set(false);
    time.advance(Duration.ofSeconds(1));

    assertThat(taken).hasSize(1);
  }

  @Test
  void theEndDropsWhatHasNotBegun() {
    SharedTime time = new SharedTime();
    SharedTime.Node node = time.node();
    TimeAndThreads threads = new TimeAndThreads(node, node, 2);
    List<String> happened = new ArrayList<>();
    threads.time().schedule(Duration.ofSeconds(1), () -> happened.add("timer"));
    threads.work().execute(() -> happened.add("work"));
    node.schedule(Duration.ofSeconds(1), () -> happened.add("of another"));

    threads.close();
    threads.time().schedule(Duration.ofSeconds(1), () -> happened.add("late"));
    time.advance(Duration.ofSeconds(2));

    assertThat(happened).containsExactly("of another");
  }
}

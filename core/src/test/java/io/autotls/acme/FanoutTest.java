package io.autotls.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FanoutTest {
  private static final URI URL = URI.create("https://ca.test/order");
  private static final List<Integer> HUNDRED = IntStream.range(0, 100).boxed().toList();

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void resultsAreInTheOrderOfTheElements() throws Exception {
    assertThat(new Fanout(threads).forEach(URL, HUNDRED, i -> i * 2))
        .isEqualTo(HUNDRED.stream().map(i -> i * 2).toList());
  }

  @Test
  void requestsAreUnderWayTogether() throws Exception {
    CountDownLatch all = new CountDownLatch(16);

    new Fanout(threads)
        .forEach(
            URL,
            HUNDRED.subList(0, 16),
            i -> {
              all.countDown();
              await(all); // ends only if all sixteen are here at once
              return i;
            });

    assertThat(all.getCount()).isZero();
  }

  @Test
  void anExecutorThatRefusesOrNeverBeginsStopsNothing() throws Exception {
    Fanout refusing =
        new Fanout(
            task -> {
              throw new RejectedExecutionException();
            });
    Fanout forgetful = new Fanout(task -> {});

    assertThat(refusing.forEach(URL, HUNDRED, i -> i)).isEqualTo(HUNDRED);
    assertThat(forgetful.forEach(URL, HUNDRED, i -> i)).isEqualTo(HUNDRED);
  }

  @Test
  void theFirstFailureIsThrownAndEndsTheRest() {
    AtomicInteger begun = new AtomicInteger();

    assertThatThrownBy(
            () ->
                new Fanout(task -> {})
                    .forEach(
                        URL,
                        HUNDRED,
                        i -> {
                          begun.incrementAndGet();
                          if (i == 3) {
                            throw new AcmeServerException("busy", URL, 503, null, null);
                          }
                          return i;
                        }))
        .isInstanceOf(AcmeServerException.class);
    assertThat(begun).hasValue(4);
  }

  @Test
  @DisplayName("R6 an interrupt ends the waiting for the others")
  void interrupted() {
    CountDownLatch never = new CountDownLatch(1);
    Thread caller = Thread.currentThread();
    CountDownLatch helped = new CountDownLatch(1);
    try {
      assertThatThrownBy(
              () ->
                  new Fanout(threads)
                      .forEach(
                          URL,
                          List.of(1, 2),
                          i -> {
                            if (Thread.currentThread() == caller) {
                              await(helped);
                              caller.interrupt();
                            } else {
                              helped.countDown();
                              await(never);
                            }
                            return i;
                          }))
          .isInstanceOfSatisfying(
              AcmeNetworkException.class,
              e -> assertThat(e.kind()).isEqualTo(AcmeNetworkException.Kind.CANCELLED));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

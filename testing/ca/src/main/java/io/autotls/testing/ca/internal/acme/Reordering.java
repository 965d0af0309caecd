package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.http.HttpHandler.Outcome;
import io.autotls.testing.ca.internal.http.HttpHandler.ToldAnswer;
import io.autotls.testing.ca.internal.http.HttpRequest;
import io.autotls.testing.ca.internal.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Waits until some requests are there, and answers the last one first. */
final class Reordering implements FaultPlan.Fault {
  private final AtomicInteger arrived = new AtomicInteger();
  private final List<CountDownLatch> turns;

  Reordering(int requests) {
    this.turns = Stream.generate(() -> new CountDownLatch(1)).limit(requests).toList();
  }

  @Override
  public Outcome apply(HttpRequest request, Supplier<HttpResponse> processing)
      throws InterruptedException {
    HttpResponse response = processing.get();
    int place = arrived.getAndIncrement();
    if (place == turns.size() - 1) {
      turns.get(place).countDown();
    }
    turns.get(place).await();
    return new ToldAnswer(
        response,
        () -> {
          if (place > 0) {
            turns.get(place - 1).countDown();
          }
        });
  }
}

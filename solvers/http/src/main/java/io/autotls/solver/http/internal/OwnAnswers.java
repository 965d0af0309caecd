package io.autotls.solver.http.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainRequest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Asks the application for answers of its own, on two threads: it may take its time, and no
 * challenge waits for it.
 */
public final class OwnAnswers implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int MOST_WAITING = 256;

  private final Function<PlainRequest, Optional<HttpAnswer>> application;
  private final ThreadPoolExecutor threads;

  /** Asks {@code application}, which says nothing where it has no answer. */
  public OwnAnswers(Function<PlainRequest, Optional<HttpAnswer>> application) {
    this.application = application;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            task -> {
              Thread thread = new Thread(task, "autotls-http-application");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** What the application says; 503 if it is behind with its answers. */
  public CompletionStage<Optional<HttpAnswer>> to(PlainRequest request) {
    try {
      return CompletableFuture.supplyAsync(() -> application.apply(request), threads);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(
          Optional.of(new HttpAnswer(503, "text/plain; charset=us-ascii", Map.of(), "Busy\n")));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}

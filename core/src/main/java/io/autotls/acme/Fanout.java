package io.autotls.acme;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes several requests together. The calling thread works too, so it always gets on: an executor
 * that is busy, bounded or closed makes this slower and never stops it. All requests share one
 * HTTP/2 connection where the CA speaks that.
 */
final class Fanout {
  private static final int MAX_HELPERS = 15;

  private final Executor executor;

  Fanout(Executor executor) {
    this.executor = executor;
  }

  /**
   * Applies {@code request} to each element.
   *
   * @return the results, in the order of the elements
   * @throws AcmeException the first that occurred; elements that nobody began with are left out
   */
  <T, R> List<R> forEach(URI where, List<T> elements, Request<T, R> request) throws AcmeException {
    Run<T, R> run = new Run<>(elements, request);
    List<FutureTask<?>> helpers = new ArrayList<>();
    for (int i = 1; i < elements.size() && helpers.size() < MAX_HELPERS; i++) {
      FutureTask<?> helper = new FutureTask<>(run::work, null);
      try {
        executor.execute(helper);
      } catch (RejectedExecutionException e) {
        break;
      }
      helpers.add(helper);
    }
    run.work();
    try {
      run.awaitOthers();
    } catch (InterruptedException e) {
      helpers.forEach(helper -> helper.cancel(true));
      Thread.currentThread().interrupt();
      throw AcmeNetworkException.cancelled(where, e);
    }
    return run.results();
  }

  /** What all threads take from. */
  private static final class Run<T, R> {
    private final List<T> elements;
    private final Request<T, R> request;
    private final List<@Nullable R> results;
    private final AtomicInteger next = new AtomicInteger();
    private int working; // guarded by this, as is failure
    private @Nullable Exception failure;

    Run(List<T> elements, Request<T, R> request) {
      this.elements = elements;
      this.request = request;
      this.results = Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < elements.size(); i++) {
        results.add(null);
      }
    }

    /** One thread's share. Who comes when all is taken, or has failed, has nothing to do. */
    void work() {
      enter();
      try {
        for (int i = next.getAndIncrement(); i < elements.size(); i = next.getAndIncrement()) {
          results.set(i, request.send(elements.get(i)));
        }
      } catch (AcmeException | RuntimeException e) {
        fail(e);
      } finally {
        leave();
      }
    }

    private synchronized void enter() {
      working++;
    }

    private synchronized void leave() {
      working--;
      notifyAll();
    }

    private synchronized void fail(Exception e) {
      next.set(elements.size());
      failure = failure == null ? e : failure;
    }

    synchronized void awaitOthers() throws InterruptedException {
      while (working > 0) {
        wait();
      }
    }

    synchronized List<R> results() throws AcmeException {
      if (failure instanceof AcmeException e) {
        throw e;
      } else if (failure instanceof RuntimeException e) {
        throw e;
      }
      return results.stream().map(Objects::requireNonNull).toList();
    }
  }

  /** One of the requests. */
  @FunctionalInterface
  interface Request<T, R> {
    R send(T element) throws AcmeException;
  }
}

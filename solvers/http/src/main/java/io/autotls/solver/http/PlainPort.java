package io.autotls.solver.http;

import io.autotls.solver.http.internal.HttpsRedirect;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is answered on a port for plain http, before the application is asked: challenges, and on a
 * port of our own everything else too, with a redirect to https. For authors of server adapters;
 * safe for use by many threads.
 */
public final class PlainPort {
  private static final Logger log = LoggerFactory.getLogger(PlainPort.class);

  private final @Nullable Http01Solver solver; // null: HTTP-01 is not used
  private final @Nullable IntSupplier httpsPort; // null: no redirect, the application goes on
  private final AtomicBoolean toldOfLoop = new AtomicBoolean();
  private volatile Predicate<PlainRequest> exception = request -> false;

  private PlainPort(@Nullable Http01Solver solver, @Nullable IntSupplier httpsPort) {
    this.solver = solver;
    this.httpsPort = httpsPort;
  }

  /** Answers challenges and leaves the rest to the application. */
  public static PlainPort challengesOnly(Http01Solver solver) {
    return new PlainPort(Objects.requireNonNull(solver, "solver"), null);
  }

  /**
   * Answers challenges, and redirects the rest; the application sees nothing of it.
   *
   * @param solver null if HTTP-01 is not used
   * @param httpsPort asked for each redirect
   */
  public static PlainPort redirecting(@Nullable Http01Solver solver, IntSupplier httpsPort) {
    return new PlainPort(solver, Objects.requireNonNull(httpsPort, "httpsPort"));
  }

  /** Whether the application sees of this port only what it excepts from the redirect. */
  public boolean isOurs() {
    return httpsPort != null;
  }

  /**
   * Leaves requests to the application for which {@code exception} says true, besides those of
   * earlier calls. Challenges are answered all the same. An exception that throws says false.
   */
  public void doNotRedirect(Predicate<PlainRequest> exception) {
    this.exception = this.exception.or(Objects.requireNonNull(exception, "exception"));
  }

  /**
   * The answer to a request; empty means that the application goes on. It is there at once unless
   * the storage has to be asked for the challenge of another node; then it completes on a worker
   * thread of AutoTls, which must not be blocked. No thread is held meanwhile.
   */
  public Optional<CompletionStage<HttpAnswer>> answer(PlainRequest request) {
    if (solver != null) {
      Optional<CompletionStage<HttpAnswer>> answer =
          solver.respondAsync(request.method(), request.path());
      if (answer.isPresent()) {
        return answer;
      }
    }
    if (httpsPort == null || isException(request)) {
      return Optional.empty();
    }
    return Optional.of(CompletableFuture.completedFuture(redirect(request)));
  }

  private boolean isException(PlainRequest request) {
    try {
      return exception.test(request);
    } catch (RuntimeException e) {
      log.warn(
          "An exception of the application from the redirect to https failed: {}. Next: the request"
              + " is redirected. To do: mend what was given to doNotRedirect.",
          e.toString());
      return false;
    }
  }

  private HttpAnswer redirect(PlainRequest request) {
    if (HttpsRedirect.wouldLoop(request)) {
      if (toldOfLoop.compareAndSet(false, true)) {
        log.warn(
            "A proxy sent a request to the http port that had come to it over https. A redirect"
                + " would come back here for ever. Next: such requests get status 421. To do: let"
                + " the proxy forward to the https port, or pass TLS through; or leave what it"
                + " sends to the application, with doNotRedirect.");
      }
      return HttpsRedirect.loop();
    }
    String path = request.path().isEmpty() ? "/" : request.path();
    String target = request.query().map(query -> path + "?" + query).orElse(path);
    return Http01Solver.redirect(
        request.method(), request.header("Host").orElse(null), target, httpsPort.getAsInt());
  }
}

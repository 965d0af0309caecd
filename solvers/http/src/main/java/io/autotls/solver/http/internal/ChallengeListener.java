package io.autotls.solver.http.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainRequest;
import io.autotls.spi.Cancellable;
import io.autotls.spi.Readiness;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP server for applications that have none on port 80. It opens its port in the
 * background and keeps trying.
 */
public final class ChallengeListener implements AutoCloseable {
  /** How long after a failure the port is tried again. */
  static final Duration RETRY = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(ChallengeListener.class);

  private final InetSocketAddress wanted;
  private final Function<PlainRequest, CompletionStage<HttpAnswer>> handler;
  private final Runnable readinessChanged;
  private volatile Readiness readiness;

  // Guarded by this.
  private @Nullable PlainHttpServer server; // null while the port is not open
  private @Nullable Cancellable retry; // null while no attempt is planned
  private boolean closed;

  /**
   * Prepares a listener; {@link #start} opens the port.
   *
   * @param handler answers a request; must return at once, the answer may come later
   * @param readinessChanged called after each change of {@link #readiness}
   */
  public ChallengeListener(
      InetSocketAddress wanted,
      Function<PlainRequest, CompletionStage<HttpAnswer>> handler,
      Runnable readinessChanged) {
    this.wanted = wanted;
    this.handler = handler;
    this.readinessChanged = readinessChanged;
    this.readiness =
        Readiness.notReady(PortProblem.name(wanted) + " for HTTP-01 challenges is not open yet");
  }

  /** Opens the port soon, on a thread of {@code executor}. */
  public void start(TimeSource time, Executor executor) {
    executor.execute(() -> open(time, executor));
  }

  /** Whether the port is open, and if not, why. */
  public Readiness readiness() {
    return readiness;
  }

  /** Where this listens, while it does. */
  public synchronized Optional<InetSocketAddress> address() {
    return Optional.ofNullable(server).map(PlainHttpServer::address);
  }

  @Override
  public synchronized void close() {
    closed = true;
    readiness = Readiness.notReady(PortProblem.name(wanted) + " is closed, as AutoTls is");
    if (retry != null) {
      retry.cancel();
      retry = null;
    }
    if (server != null) {
      server.close();
      server = null;
    }
  }

  private void open(TimeSource time, Executor executor) {
    Readiness before = readiness;
    if (tryToOpen(time, executor) && !readiness.equals(before)) {
      readinessChanged.run();
    }
  }

  /** Returns false if there is nothing to open any more. */
  private synchronized boolean tryToOpen(TimeSource time, Executor executor) {
    if (closed || server != null) {
      return false;
    }
    try {
      server = PlainHttpServer.open(wanted, handler, time);
      readiness = Readiness.ready();
      log.info("Listening on {} for HTTP-01 challenges; the rest goes to https", address().get());
    } catch (IOException e) {
      Readiness failed = Readiness.notReady(PortProblem.reason(wanted, e));
      if (!failed.equals(readiness)) {
        log.warn("{}", ((Readiness.NotReady) failed).reason());
      }
      readiness = failed;
      retry = time.schedule(RETRY, () -> executor.execute(() -> open(time, executor)));
    }
    return true;
  }
}

package io.autotls.solver.http.internal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.autotls.solver.http.HttpAnswer;
import io.autotls.spi.Readiness;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Watch;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP server for applications that have none on port 80. It opens its port in the
 * background and keeps trying.
 *
 * <p>The port faces the internet, so everything is bounded: threads, exchanges that wait, and the
 * time that an exchange may take from its first byte to its last. Each connection serves one
 * exchange.
 */
public final class ChallengeListener implements AutoCloseable {
  /** How long after a failure the port is tried again. */
  static final Duration RETRY = Duration.ofSeconds(30);

  /** How long an exchange may take, however slowly the client sends or reads. */
  static final Duration EXCHANGE_DEADLINE = Duration.ofSeconds(10);

  private static final int THREADS = 32;
  private static final int WAITING_EXCHANGES = 256;
  private static final Logger log = LoggerFactory.getLogger(ChallengeListener.class);

  private final InetSocketAddress wanted;
  private final Handler handler;
  private final Runnable readinessChanged;
  private volatile Readiness readiness;

  // Guarded by this.
  private @Nullable HttpServer server; // null while the port is not open
  private @Nullable ThreadPoolExecutor threads; // null together with the server
  private @Nullable Watch retry; // null while no attempt is planned
  private boolean closed;

  /** What the listener says to a request. */
  @FunctionalInterface
  public interface Handler {
    /** Answers a request; {@code hostHeader} is {@code null} if the client sent none. */
    HttpAnswer answer(String method, @Nullable String hostHeader, String rawTarget, int httpsPort);
  }

  /**
   * Prepares a listener; {@link #start} opens the port.
   *
   * @param readinessChanged called after each change of {@link #readiness}
   */
  public ChallengeListener(InetSocketAddress wanted, Handler handler, Runnable readinessChanged) {
    this.wanted = wanted;
    this.handler = handler;
    this.readinessChanged = readinessChanged;
    this.readiness =
        Readiness.notReady(PortProblem.name(wanted) + " for HTTP-01 challenges is not open yet");
  }

  /** Opens the port soon, on a thread of {@code time}. */
  public void start(TimeSource time, int httpsPort) {
    time.execute(() -> open(time, httpsPort));
  }

  /** Whether the port is open, and if not, why. */
  public Readiness readiness() {
    return readiness;
  }

  /** Where this listens, while it does. */
  public synchronized Optional<InetSocketAddress> address() {
    return Optional.ofNullable(server).map(HttpServer::getAddress);
  }

  @Override
  public synchronized void close() {
    closed = true;
    readiness = Readiness.notReady(PortProblem.name(wanted) + " is closed, as AutoTls is");
    if (retry != null) {
      retry.close();
      retry = null;
    }
    if (server != null && threads != null) {
      server.stop(0);
      threads.shutdownNow();
      server = null;
      threads = null;
    }
  }

  private void open(TimeSource time, int httpsPort) {
    Readiness before = readiness;
    if (tryToOpen(time, httpsPort) && !readiness.equals(before)) {
      readinessChanged.run();
    }
  }

  /** Returns false if there is nothing to open any more. */
  private synchronized boolean tryToOpen(TimeSource time, int httpsPort) {
    if (closed || server != null) {
      return false;
    }
    try {
      listen(time, httpsPort);
      readiness = Readiness.ready();
      log.info("Listening on {} for HTTP-01 challenges; the rest goes to https", address().get());
    } catch (IOException e) {
      Readiness failed = Readiness.notReady(PortProblem.reason(wanted, e));
      if (!failed.equals(readiness)) {
        log.warn("{}", ((Readiness.NotReady) failed).reason());
      }
      readiness = failed;
      retry = time.schedule(RETRY, () -> time.execute(() -> open(time, httpsPort)));
    }
    return true;
  }

  private void listen(TimeSource time, int httpsPort) throws IOException {
    HttpServer opened = HttpServer.create(wanted, 0);
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_EXCHANGES),
            daemonThreads());
    pool.allowCoreThreadTimeOut(true);
    // A full queue throws, and the server closes that connection.
    opened.setExecutor(exchange -> pool.execute(() -> withDeadline(time, exchange)));
    opened.createContext("/", exchange -> serve(exchange, httpsPort));
    opened.start();
    server = opened;
    threads = pool;
  }

  private static void withDeadline(TimeSource time, Runnable exchange) {
    ExchangeDeadline deadline = new ExchangeDeadline(Thread.currentThread());
    Watch watch = time.schedule(EXCHANGE_DEADLINE, deadline::passed);
    try {
      exchange.run();
    } finally {
      watch.close();
      deadline.end();
    }
  }

  private void serve(HttpExchange exchange, int httpsPort) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      String host = exchange.getRequestHeaders().getFirst("Host");
      String target = exchange.getRequestURI().toString();
      write(exchange, handler.answer(method, host, target, httpsPort));
    }
  }

  private static void write(HttpExchange exchange, HttpAnswer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.US_ASCII);
    exchange.getResponseHeaders().set("Content-Type", answer.contentType());
    exchange.getResponseHeaders().set("Connection", "close");
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  private static ThreadFactory daemonThreads() {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "autotls-http-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}

package io.autotls.solver.http.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.solver.http.PlainRequest;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server that cannot be kept busy: one thread serves any number of connections, each gets
 * one answer, and none is waited for.
 *
 * <p>The port faces the internet, so everything is bounded: the connections, what each may send,
 * and the time from its first byte to its last. Where there are too many, the oldest that lets us
 * wait makes room for the newest, unless it has only just come: a CA asks at once. Those for whom
 * there is no room yet wait before the port.
 */
final class PlainHttpServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PlainHttpServer.class);

  /** How long an exchange may take, however slowly the client sends or reads. */
  static final Duration EXCHANGE_DEADLINE = Duration.ofSeconds(10);

  /** At 16 KiB at most, as few send more than one. */
  static final int MOST_CONNECTIONS = 4_096;

  /** So long each connection has at least, however many others come. */
  private static final Duration LEAST_TIME = Duration.ofSeconds(1);

  /** What the system holds ready while many come at once; it may allow less. */
  private static final int BACKLOG = 1_024;

  /** Then those that are here already have their turn, however fast others come and go. */
  private static final int ACCEPTED_AT_ONCE = 256;

  /** Where the process has no more files, others need some too. */
  private static final int GIVEN_BACK = 64;

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration CLOSING = Duration.ofSeconds(2);

  private final Function<PlainRequest, CompletionStage<HttpAnswer>> handler;
  private final TimeSource time;
  private final ServerSocketChannel port;
  private final Selector selector;
  private final SelectionKey acceptance;
  private final InetSocketAddress address;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Set<PlainHttpConnection> connections = new LinkedHashSet<>(); // the loop's, by age
  private final Thread loop;
  private volatile boolean closed;

  private PlainHttpServer(
      InetSocketAddress wanted,
      Function<PlainRequest, CompletionStage<HttpAnswer>> handler,
      TimeSource time)
      throws IOException {
    this.handler = handler;
    this.time = time;
    this.port = ServerSocketChannel.open();
    try {
      port.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      port.bind(wanted, BACKLOG);
      port.configureBlocking(false);
      this.selector = Selector.open();
    } catch (IOException | RuntimeException e) {
      port.close();
      throw e;
    }
    this.acceptance = port.register(selector, SelectionKey.OP_ACCEPT);
    this.address = (InetSocketAddress) port.getLocalAddress();
    this.loop = new Thread(this::loop, "autotls-http");
    loop.setDaemon(true);
  }

  /**
   * Opens the port and serves it until it is closed.
   *
   * @param handler must return at once; its answer may come later, on any thread
   */
  static PlainHttpServer open(
      InetSocketAddress wanted,
      Function<PlainRequest, CompletionStage<HttpAnswer>> handler,
      TimeSource time)
      throws IOException {
    if (wanted.isUnresolved()) {
      throw new UnknownHostException("there is no address for " + wanted.getHostString());
    }
    PlainHttpServer server = new PlainHttpServer(wanted, handler, time);
    server.loop.start();
    return server;
  }

  InetSocketAddress address() {
    return address;
  }

  TimeSource time() {
    return time;
  }

  /** The answer to a request; what goes wrong on the way to it is an answer too. */
  CompletionStage<HttpAnswer> answer(PlainRequest request) {
    try {
      return handler.apply(request);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Runs something soon on the thread of the loop, which owns all connections. */
  void later(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  void isClosed(PlainHttpConnection connection) {
    connections.remove(connection);
  }

  private void loop() {
    try {
      while (!closed) {
        selector.select(this::serve);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          guarded(task);
        }
      }
    } catch (IOException | ClosedSelectorException e) {
      log.error("The port for HTTP-01 challenges, {}, is not served any more", address, e);
    } finally {
      shutDown();
    }
  }

  private void serve(SelectionKey key) {
    if (key == acceptance) {
      accept();
    } else {
      guarded(((PlainHttpConnection) key.attachment())::proceed);
    }
  }

  /**
   * What goes wrong with one connection must not end all others. Errors too: memory that is short
   * for a moment would close the port for good.
   */
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.warn("A connection to the port for HTTP-01 challenges failed", e);
    }
  }

  private void accept() {
    try {
      for (int accepted = 0; hasRoom(); accepted++) {
        SocketChannel client = accepted < ACCEPTED_AT_ONCE ? port.accept() : null;
        if (client == null) {
          return;
        }
        begin(client);
      }
    } catch (IOException | RuntimeException | Error e) {
      // Most likely the process has no more files; a loop that asks again at once helps nobody.
      log.debug("cannot accept a connection", e);
      for (int i = 0; i < GIVEN_BACK; i++) {
        endOldest();
      }
    }
    acceptance.interestOps(0);
    time.schedule(PAUSE, () -> later(this::acceptAgain));
  }

  private boolean hasRoom() {
    return connections.size() < MOST_CONNECTIONS || endOldest();
  }

  private void acceptAgain() {
    if (acceptance.isValid()) {
      acceptance.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void begin(SocketChannel client) {
    try {
      client.configureBlocking(false);
      PlainHttpConnection connection = new PlainHttpConnection(this, client);
      connection.register(selector);
      connections.add(connection);
      guarded(connection::proceed); // most have sent their request by now
    } catch (IOException e) {
      PlainHttpConnection.close(client); // gone already
    } catch (RuntimeException | Error e) {
      PlainHttpConnection.close(client);
      throw e;
    }
  }

  /** Ends the oldest connection that waits for its client, if it had its time. */
  boolean endOldest() {
    for (PlainHttpConnection connection : connections) {
      if (connection.age().compareTo(LEAST_TIME) < 0) {
        return false;
      }
      if (connection.waitsForClient()) {
        connection.close();
        return true;
      }
    }
    return false;
  }

  /** Frees the port before it returns, which the system does when the loop has let go of it. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      loop.join(CLOSING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void shutDown() {
    Set.copyOf(connections).forEach(PlainHttpConnection::close);
    PlainHttpConnection.close(port);
    PlainHttpConnection.close(selector);
  }
}

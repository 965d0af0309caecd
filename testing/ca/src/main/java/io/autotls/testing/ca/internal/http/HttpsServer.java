package io.autotls.testing.ca.internal.http;

import io.autotls.testing.ca.internal.http.HttpHandler.Answer;
import io.autotls.testing.ca.internal.http.HttpHandler.CutAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.Outcome;
import io.autotls.testing.ca.internal.http.HttpHandler.Silence;
import io.autotls.testing.ca.internal.http.HttpHandler.StreamedAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.ToldAnswer;
import io.autotls.testing.ca.internal.http.HttpHandler.TwiceAnswered;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 server over TLS with one thread for each connection.
 *
 * <p>The JDK's own server cannot reset a connection or cut a body short, and it sends head and body
 * in two packets, which costs 40 ms a response while Nagle's algorithm waits for the peer's delayed
 * acknowledgement. Here a response is one write.
 */
public final class HttpsServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpsServer.class);
  private static final int IDLE_MILLIS = 60_000;
  private static final int MAX_BODY = 1024 * 1024;
  private static final int MAX_CONNECTIONS = 1024;
  private static final int BACKLOG = 256;

  private volatile SSLContext tls;
  private final ServerSocket listener;
  private final ThreadPoolExecutor threads;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  public HttpsServer(InetSocketAddress address, SSLContext tls, ThreadFactory factory)
      throws IOException {
    this.tls = tls;
    this.listener = new ServerSocket();
    listener.bind(address, BACKLOG);
    this.threads =
        new ThreadPoolExecutor(
            0, MAX_CONNECTIONS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), factory);
  }

  /** Begins to accept connections; the port is known before. */
  public void start(HttpHandler handler) {
    threads.execute(() -> accept(handler));
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Shows another certificate from now on; open connections end, so that all clients see it. */
  public void identity(SSLContext changed) {
    tls = changed;
    connections.forEach(HttpsServer::closeQuietly);
  }

  @Override
  public void close() {
    closeQuietly(listener);
    connections.forEach(HttpsServer::closeQuietly);
    threads.shutdownNow();
  }

  private void accept(HttpHandler handler) {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        connections.add(socket);
        hand(socket, handler);
      } catch (IOException e) {
        log.debug("No connection accepted: {}", e.toString());
      }
    }
  }

  private void hand(Socket socket, HttpHandler handler) {
    try {
      threads.execute(() -> serve(socket, handler));
    } catch (RejectedExecutionException e) {
      log.debug("Closed, or too many connections: one more is refused");
      connections.remove(socket);
      closeQuietly(socket);
    }
    // close() may have gone through the connections before this one was among them.
    if (listener.isClosed()) {
      closeQuietly(socket);
    }
  }

  private void serve(Socket socket, HttpHandler handler) {
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(IDLE_MILLIS);
      SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, -1, true);
      secure.setUseClientMode(false);
      serveRequests(socket, secure, handler);
    } catch (IOException e) {
      log.debug("Connection ended: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(socket);
    }
  }

  private void serveRequests(Socket socket, SSLSocket secure, HttpHandler handler)
      throws IOException, InterruptedException {
    HttpReader reader = new HttpReader(new BufferedInputStream(secure.getInputStream()));
    HttpWriter writer = new HttpWriter(secure.getOutputStream());
    HttpRequest request = read(reader, writer);
    while (request != null) {
      if (!answer(socket, writer, request, handler.handle(request))) {
        socket.close();
        return;
      }
      boolean last = request.headers().first("Connection").orElse("").equalsIgnoreCase("close");
      request = last ? null : read(reader, writer);
    }
    secure.close();
  }

  /** Whether the connection may be used further. */
  private static boolean answer(
      Socket socket, HttpWriter writer, HttpRequest request, Outcome outcome)
      throws IOException, InterruptedException {
    if (outcome instanceof Answer answer) {
      writer.write(request, answer.response());
    } else if (outcome instanceof ToldAnswer told) {
      try {
        writer.write(request, told.response());
      } finally {
        told.sent().run();
      }
    } else if (outcome instanceof TwiceAnswered twice) {
      writer.write(request, twice.response());
      writer.write(request, twice.response());
    } else if (outcome instanceof StreamedAnswer streamed) {
      writer.stream(streamed.response(), streamed.body());
    } else {
      breakOff(socket, writer, request, outcome);
      return false;
    }
    return true;
  }

  private static void breakOff(
      Socket socket, HttpWriter writer, HttpRequest request, Outcome outcome)
      throws IOException, InterruptedException {
    if (outcome instanceof CutAnswer cut) {
      writer.write(request, cut.response(), cut.bodyBytes());
    } else if (outcome instanceof Silence) {
      new CountDownLatch(1).await(); // until close() interrupts
    } else {
      socket.setSoLinger(true, 0); // close() then sends a reset
    }
  }

  private static @Nullable HttpRequest read(HttpReader reader, HttpWriter writer)
      throws IOException {
    String line = reader.readLine();
    if (line == null) {
      return null;
    }
    String[] parts = line.split(" ");
    if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
      throw new IOException("not an HTTP/1.1 request line");
    }
    Headers headers = reader.readHeaders();
    if (headers.first("Expect").orElse("").equalsIgnoreCase("100-continue")) {
      writer.allowBody();
    }
    return new HttpRequest(parts[0], parts[1], headers, reader.readBody(headers, MAX_BODY));
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      log.debug("Could not close: {}", e.toString());
    }
  }
}

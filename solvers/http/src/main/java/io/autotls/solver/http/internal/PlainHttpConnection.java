package io.autotls.solver.http.internal;

import io.autotls.solver.http.HttpAnswer;
import io.autotls.spi.Cancellable;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection with one exchange: a request is read, its answer written, and what the client
 * sends after that is dropped until it hangs up. Belongs to the loop of its server, as all but the
 * answer does.
 */
final class PlainHttpConnection {
  private static final Logger log = LoggerFactory.getLogger(PlainHttpConnection.class);

  private static final int USUAL_HEAD = 1_024;
  private static final int LONGEST_HEAD = 16 * 1_024;

  /** A body that was sent with a request, and is not read by anybody. */
  private static final int MOST_DROPPED = 256 * 1_024;

  private static final String TEXT = "text/plain; charset=us-ascii";

  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(204, "No Content"),
          Map.entry(301, "Moved Permanently"),
          Map.entry(302, "Found"),
          Map.entry(307, "Temporary Redirect"),
          Map.entry(308, "Permanent Redirect"),
          Map.entry(400, "Bad Request"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(410, "Gone"),
          Map.entry(421, "Misdirected Request"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  private enum State {
    READING,
    ANSWERING,
    WRITING,
    DROPPING,
    CLOSED
  }

  private final PlainHttpServer server;
  private final SocketChannel channel;
  private final long openedAt; // by the ticker
  private final Cancellable deadline;
  private State state = State.READING;
  private ByteBuffer buffer = ByteBuffer.allocate(USUAL_HEAD);
  private int scanned;
  private int dropped;
  private @Nullable SelectionKey key; // null until registered

  PlainHttpConnection(PlainHttpServer server, SocketChannel channel) {
    this.server = server;
    this.channel = channel;
    this.openedAt = server.time().nanos();
    this.deadline =
        server.time().schedule(PlainHttpServer.EXCHANGE_DEADLINE, () -> server.later(this::close));
  }

  void register(Selector selector) throws IOException {
    key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  Duration age() {
    return Duration.ofNanos(server.time().nanos() - openedAt);
  }

  /** Whether only the client can bring this any further. */
  boolean waitsForClient() {
    return state == State.READING || state == State.WRITING || state == State.DROPPING;
  }

  /** Does what can be done now. */
  void proceed() {
    try {
      switch (state) {
        case READING -> read();
        case WRITING -> write();
        case DROPPING -> drop();
        case ANSWERING, CLOSED -> {
          // There is nothing to do before the answer is there.
        }
      }
    } catch (IOException e) {
      close(); // the client went away
    } catch (RuntimeException | Error e) {
      close(); // else it would be tried again at once, and again
      throw e;
    }
  }

  private void read() throws IOException {
    int count = channel.read(buffer);
    int end = RequestHead.end(buffer, scanned);
    scanned = buffer.position();
    if (end >= 0) {
      answer(end);
    } else if (count < 0) {
      close();
    } else if (!buffer.hasRemaining()) {
      makeRoom();
    }
  }

  private void makeRoom() throws IOException {
    if (buffer.capacity() >= LONGEST_HEAD) {
      begin(refusal(431), Body.SENT);
      return;
    }
    ByteBuffer larger = ByteBuffer.allocate(buffer.capacity() * 4);
    buffer = larger.put(buffer.flip());
    read();
  }

  private void answer(int end) throws IOException {
    RequestHead request;
    try {
      request = RequestHead.parse(buffer, end);
    } catch (RequestHead.RefusedException e) {
      begin(refusal(e.status()), Body.SENT);
      return;
    }
    state = State.ANSWERING;
    key.interestOps(0);
    buffer = ByteBuffer.allocate(0);
    Body body = request.method().equals("HEAD") ? Body.OMITTED : Body.SENT;
    server
        .answer(request)
        .whenComplete((answer, failure) -> server.later(() -> write(answer, failure, body)));
  }

  private void write(@Nullable HttpAnswer answer, @Nullable Throwable failure, Body body) {
    if (state != State.ANSWERING) {
      return; // it took too long
    }
    if (failure != null) {
      log.warn("A request to the http port could not be answered: {}", failure.toString());
    }
    try {
      begin(answer == null ? refusal(500) : answer, body);
    } catch (IOException e) {
      close();
    }
  }

  /** Whether an answer brings its body along. */
  private enum Body {
    SENT,
    OMITTED
  }

  private void begin(HttpAnswer answer, Body body) throws IOException {
    buffer = encode(answer, body);
    state = State.WRITING;
    write();
  }

  private void write() throws IOException {
    channel.write(buffer);
    if (buffer.hasRemaining()) {
      key.interestOps(SelectionKey.OP_WRITE);
      return;
    }
    // Whoever closes while the client still sends takes back what it has not read yet.
    channel.shutdownOutput();
    state = State.DROPPING;
    buffer = ByteBuffer.allocate(USUAL_HEAD);
    key.interestOps(SelectionKey.OP_READ);
    drop();
  }

  private void drop() throws IOException {
    int count = channel.read(buffer.clear());
    dropped += count;
    if (count < 0 || dropped > MOST_DROPPED) {
      close();
    }
  }

  private static HttpAnswer refusal(int status) {
    return new HttpAnswer(status, TEXT, Map.of(), REASONS.get(status) + "\n");
  }

  private ByteBuffer encode(HttpAnswer answer, Body body) {
    byte[] content = answer.body().getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(answer.status()).append(' ');
    head.append(REASONS.getOrDefault(answer.status(), "")).append("\r\n");
    append(head, "Date", date());
    append(head, "Content-Type", answer.contentType());
    answer.headers().forEach((name, value) -> append(head, name, value));
    if (body == Body.SENT) {
      append(head, "Content-Length", Integer.toString(content.length));
    }
    append(head, "Connection", "close");
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer all = ByteBuffer.allocate(start.length + content.length).put(start);
    return (body == Body.SENT ? all.put(content) : all).flip();
  }

  private static void append(StringBuilder head, String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }

  private String date() {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(
        server.time().instant().atOffset(ZoneOffset.UTC));
  }

  /** Ends it, in whatever state it is. */
  void close() {
    if (state != State.CLOSED) {
      state = State.CLOSED;
      deadline.cancel();
      close(channel);
      server.isClosed(this);
    }
  }

  /** Closes what there is no use in failing for. */
  static void close(Closeable channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("cannot close", e);
    }
  }
}

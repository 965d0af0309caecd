package io.autotls.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A crowd that wants to keep an http port busy: many connections that begin a request and never
 * come to its end, and unknown tokens, each on a connection of its own. Who is cut off comes back
 * at once. All of them are one thread, so that they leave the processor to the server.
 */
public final class Siege implements AutoCloseable {
  private static final int MOST_UNANSWERED = 4_000;
  private static final int MOST_AT_ONCE = 100;

  private final InetSocketAddress target;
  private final int stalling;
  private final int perSecond;
  private final Selector selector;
  private final ByteBuffer received = ByteBuffer.allocate(1_024);
  private final CountDownLatch complete = new CountDownLatch(1);
  private final AtomicLong answered = new AtomicLong();
  private final Thread crowd = new Thread(this::besiege, "siege");
  private volatile boolean ended;
  private int stalled;
  private int unanswered;
  private long asked;
  private long tokens;

  private enum Kind {
    STALLS,
    ASKS
  }

  private Siege(int port, int stalling, int perSecond) throws IOException {
    this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.stalling = stalling;
    this.perSecond = perSecond;
    this.selector = Selector.open();
  }

  /**
   * Begins, and returns when all are there.
   *
   * @param stalling how many connections stall
   * @param perSecond how many unknown tokens are asked for in a second
   */
  public static Siege of(int port, int stalling, int perSecond)
      throws IOException, InterruptedException {
    Siege siege = new Siege(port, stalling, perSecond);
    siege.crowd.setDaemon(true);
    siege.crowd.start();
    if (!siege.complete.await(60, TimeUnit.SECONDS)) {
      siege.close();
      throw new AssertionError("the server did not accept " + stalling + " connections");
    }
    return siege;
  }

  /** How many unknown tokens got an answer, whichever. */
  public long answered() {
    return answered.get();
  }

  private void besiege() {
    long begin = System.nanoTime();
    try {
      while (!ended) {
        long seconds = System.nanoTime() - begin;
        fill(seconds * perSecond / Duration.ofSeconds(1).toNanos());
        selector.select(this::proceed, 2);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      selector.keys().forEach(this::end);
    }
  }

  private void fill(long due) throws IOException {
    for (int i = 0; i < MOST_AT_ONCE && stalled < stalling; i++) {
      stalled++;
      open(Kind.STALLS);
    }
    if (stalled == stalling && asked > perSecond / 10) {
      complete.countDown();
    }
    for (int i = 0; i < MOST_AT_ONCE && asked < due && unanswered < MOST_UNANSWERED; i++) {
      asked++;
      unanswered++;
      open(Kind.ASKS);
    }
  }

  private void open(Kind kind) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.SO_LINGER, 0); // leaves no port behind that waits
    SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT, kind);
    try {
      if (channel.connect(target)) {
        speak(key);
      }
    } catch (IOException e) {
      end(key);
    }
  }

  private void proceed(SelectionKey key) {
    try {
      SocketChannel channel = (SocketChannel) key.channel();
      if (key.isConnectable() && channel.finishConnect()) {
        speak(key);
      } else if (key.isReadable()) {
        int count = channel.read(received.clear());
        if (count > 0 && key.attachment() == Kind.ASKS) {
          answered.incrementAndGet();
        }
        if (count < 0 || key.attachment() == Kind.ASKS) {
          end(key);
        }
      }
    } catch (IOException e) {
      end(key);
    }
  }

  private void speak(SelectionKey key) throws IOException {
    String path = "GET /.well-known/acme-challenge/";
    String text =
        key.attachment() == Kind.STALLS
            ? path
            : path + "unknown-" + tokens++ + " HTTP/1.1\r\nHost: example.com\r\n\r\n";
    ((SocketChannel) key.channel())
        .write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    key.interestOps(SelectionKey.OP_READ);
  }

  private void end(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (key.attachment() == Kind.STALLS) {
      stalled--;
    } else {
      unanswered--;
    }
  }

  /** Lets all of them go. */
  @Override
  public void close() {
    ended = true;
    selector.wakeup();
    try {
      crowd.join(TimeUnit.SECONDS.toMillis(20));
      selector.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

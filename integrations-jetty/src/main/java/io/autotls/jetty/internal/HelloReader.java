package io.autotls.jetty.internal;

import io.autotls.tls.ClientHello;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;

/**
 * Reads until the ClientHello is complete, then hands over to the connection for TLS, with all
 * bytes that came.
 */
final class HelloReader extends AbstractConnection
    implements Connection.UpgradeFrom, Connection.UpgradeTo {
  /** Most are below 2 KiB, also with a post-quantum key share. */
  private static final int USUAL = 4 * 1024;

  /** What the TLS connection is sure to take over in one piece: its own buffer holds a record. */
  private static final int MOST = 16 * 1024;

  private final Function<@Nullable ClientHello, Connection> next;
  private ByteBuffer received = BufferUtil.allocate(USUAL);
  private int needed = 1;

  /**
   * Creates a reader.
   *
   * @param next makes the connection that takes over; it gets null if what came is no ClientHello,
   *     or a very long one
   */
  HelloReader(
      EndPoint endPoint, Executor executor, Function<@Nullable ClientHello, Connection> next) {
    super(endPoint, executor);
    this.next = next;
  }

  @Override
  public void onUpgradeTo(ByteBuffer prefetched) {
    received = BufferUtil.ensureCapacity(received, prefetched.remaining());
    BufferUtil.append(received, prefetched);
  }

  @Override
  public ByteBuffer onUpgradeFrom() {
    return received;
  }

  @Override
  public void onOpen() {
    super.onOpen();
    if (!handOver()) {
      fillInterested();
    }
  }

  @Override
  public void onFillable() {
    try {
      do {
        if (BufferUtil.space(received) == 0) {
          received = BufferUtil.ensureCapacity(received, MOST);
        }
        int filled = getEndPoint().fill(received);
        if (filled < 0) {
          close();
          return;
        }
        if (filled == 0) {
          fillInterested();
          return;
        }
      } while (!handOver());
    } catch (IOException | RuntimeException e) {
      getEndPoint().close(e);
    }
  }

  private boolean handOver() {
    if (received.remaining() < needed) {
      return false;
    }
    ClientHello.Peek peek = ClientHello.peek(received);
    if (peek instanceof ClientHello.Incomplete incomplete && received.remaining() < MOST) {
      needed = Math.min(MOST, received.remaining() + incomplete.missing());
      return false;
    }
    ClientHello hello = peek instanceof ClientHello.Found found ? found.hello() : null;
    getEndPoint().upgrade(next.apply(hello));
    return true;
  }
}

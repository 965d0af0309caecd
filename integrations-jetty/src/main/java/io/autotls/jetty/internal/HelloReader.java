package io.autotls.jetty.internal;

import io.autotls.tls.ClientHello;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Reads until the ClientHello is complete, then hands over to the connection for TLS, with all
 * bytes that came. All of it may take as long as the connector lets a connection idle, and 30
 * seconds at most: who sends a byte now and then is not idle, and not welcome.
 */
final class HelloReader extends AbstractConnection
    implements Connection.UpgradeFrom, Connection.UpgradeTo {
  /** Most are below 2 KiB, also with a post-quantum key share. */
  private static final int USUAL = 4 * 1024;

  /** What the TLS connection is sure to take over in one piece: its own buffer holds a record. */
  private static final int MOST = 16 * 1024;

  private static final long MOST_MILLIS = 30_000;

  private final Scheduler scheduler;
  private final long deadlineMillis;
  private final Function<@Nullable ClientHello, Connection> next;
  private Scheduler.@Nullable Task deadline; // null until opened
  private ByteBuffer received = BufferUtil.allocate(USUAL);
  private int needed = 1;

  /**
   * Creates a reader.
   *
   * @param next makes the connection that takes over; it gets null if what came is no ClientHello,
   *     or a very long one
   */
  HelloReader(
      EndPoint endPoint, Connector connector, Function<@Nullable ClientHello, Connection> next) {
    super(endPoint, connector.getExecutor());
    this.scheduler = connector.getScheduler();
    long idle = connector.getIdleTimeout();
    this.deadlineMillis = idle > 0 ? Math.min(idle, MOST_MILLIS) : MOST_MILLIS;
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
      deadline = scheduler.schedule(this::giveUp, deadlineMillis, TimeUnit.MILLISECONDS);
      fillInterested();
    }
  }

  private void giveUp() {
    getEndPoint()
        .close(new TimeoutException("no ClientHello within " + deadlineMillis + " milliseconds"));
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    forgetDeadline();
    super.onClose(cause);
  }

  private void forgetDeadline() {
    Scheduler.Task pending = deadline;
    if (pending != null) {
      pending.cancel();
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
    forgetDeadline();
    getEndPoint().upgrade(next.apply(hello));
    return true;
  }
}

package io.autotls.internal.time;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The time as one {@code AutoTls} uses it: what it scheduled ends with it. */
public final class NodeTime implements TimeSource, AutoCloseable {
  private final TimeSource time;
  private final Set<Call> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  public NodeTime(TimeSource time) {
    this.time = time;
  }

  @Override
  public Instant instant() {
    return time.instant();
  }

  @Override
  public long nanos() {
    return time.nanos();
  }

  @Override
  public Cancellable schedule(Duration delay, Runnable task) {
    Call call = new Call(task);
    pending.add(call);
    call.set(time.schedule(delay, call));
    if (closed) {
      call.cancel();
    }
    return call;
  }

  /** Cancels all that is scheduled; what is scheduled from now on never happens. */
  @Override
  public void close() {
    closed = true;
    pending.forEach(Call::cancel);
  }

  private final class Call implements Runnable, Cancellable {
    private final Runnable task;
    private volatile @Nullable Cancellable planned; // null until it is scheduled

    private Call(Runnable task) {
      this.task = task;
    }

    private void set(Cancellable planned) {
      this.planned = planned;
    }

    @Override
    public void run() {
      if (pending.remove(this) && !closed) {
        task.run();
      }
    }

    @Override
    public void cancel() {
      pending.remove(this);
      Cancellable timer = planned;
      if (timer != null) {
        timer.cancel();
      }
    }
  }
}

package io.autotls.solver.http;

import io.autotls.spi.Cancellable;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Time that the test moves; work is done at once, on the thread that asks for it. */
public final class ManualTime implements TimeSource, Executor {
  private final List<Call> calls = new ArrayList<>();
  private final Semaphore scheduled = new Semaphore(0);
  private long nanos;

  public ManualTime() {}

  private record Call(long due, Runnable task) {}

  @Override
  public synchronized Instant instant() {
    return Instant.EPOCH.plusNanos(nanos);
  }

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  @Override
  public synchronized Cancellable schedule(Duration delay, Runnable task) {
    Call call = new Call(nanos + delay.toNanos(), task);
    calls.add(call);
    scheduled.release();
    return () -> cancel(call);
  }

  private synchronized void cancel(Call call) {
    calls.remove(call);
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  /** Waits until something has been scheduled that no earlier call of this has waited for. */
  public void awaitSchedule() throws InterruptedException {
    if (!scheduled.tryAcquire(60, TimeUnit.SECONDS)) {
      throw new AssertionError("nothing was scheduled");
    }
  }

  /** Lets time pass and does what comes due. */
  public void advance(Duration duration) {
    List<Call> due;
    synchronized (this) {
      nanos += duration.toNanos();
      due = calls.stream().filter(call -> call.due() <= nanos).toList();
      calls.removeAll(due);
    }
    due.forEach(call -> call.task().run());
  }

  /** How much is still to be done later. */
  public synchronized int scheduled() {
    return calls.size();
  }
}

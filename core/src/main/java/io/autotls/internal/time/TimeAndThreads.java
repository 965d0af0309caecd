package io.autotls.internal.time;

import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The time and the threads of one {@code AutoTls}: those that the application gave, which stay
 * open, and our own for the rest.
 *
 * <p>Whoever brings a time of their own drives the threads too: where it stands still nobody waits
 * for five seconds to pass, and listeners are called in the order of that time.
 */
public final class TimeAndThreads implements AutoCloseable {
  private static final Duration WORK_PATIENCE = Duration.ofSeconds(5);

  /** A listener is the application's own, and may block for as long as it likes. */
  private static final Duration LISTENER_PATIENCE = Duration.ofMillis(500);

  private final NodeTime time;
  private final Work work;
  private final Work listeners;
  private final List<AutoCloseable> ours = new ArrayList<>();

  /**
   * Takes what is given.
   *
   * @param workers how many threads are enough, where they are no virtual ones
   */
  public TimeAndThreads(@Nullable TimeSource time, @Nullable Executor executor, int workers) {
    this.time = new NodeTime(time != null ? time : ours(new SystemTime()));
    Executor steps = executor != null ? executor : ours(Threads.workers(workers));
    boolean isReal = time == null;
    this.work = new Work(steps, this.time, isReal ? WORK_PATIENCE : Duration.ZERO);
    this.listeners =
        isReal
            ? new Work(ours(Threads.listeners()), this.time, LISTENER_PATIENCE)
            : new Work(steps, this.time, Duration.ZERO);
  }

  private SystemTime ours(SystemTime one) {
    ours.add(one);
    return one;
  }

  private ExecutorService ours(ExecutorService one) {
    ours.add(one::shutdown);
    return one;
  }

  public TimeSource time() {
    return time;
  }

  /** Where steps run. */
  public Executor work() {
    return work;
  }

  /** Where listeners are called: a blocked one takes no thread of the work. */
  public Executor listeners() {
    return listeners;
  }

  /**
   * Ends what runs: a step gets 5 seconds, a listener half of one, then they are interrupted. May
   * be called from one of them: nobody waits for that one.
   */
  @Override
  public void close() {
    time.close();
    work.close();
    listeners.close();
    for (AutoCloseable one : ours) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException(e); // none of them throws
      }
    }
  }
}

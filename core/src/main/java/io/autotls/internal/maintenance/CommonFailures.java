package io.autotls.internal.maintenance;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.internal.text.Moments;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What fails on this node and belongs to no certificate alone: the look for what other nodes wrote,
 * or a task that must not fail. Everybody sees it in the status of every certificate until it works
 * again; the event names the certificate that was asked for first, for each event has one.
 *
 * <p>Safe for use by many threads.
 */
public final class CommonFailures implements TaskQueue.Supervisor {
  private static final Logger log = LoggerFactory.getLogger(CommonFailures.class);

  private final Storage storage;
  private final TimeSource time;
  private final EventDispatcher events;
  private final Supplier<Optional<CertificateSpec>> first;
  private final Map<Task, Problem> tasks = new LinkedHashMap<>(); // guarded by this
  private @Nullable Problem reading; // guarded by this, like the next; null while it works
  private int readingFailures;

  /**
   * Creates it.
   *
   * @param first the certificate that was asked for first, if any is wanted
   */
  public CommonFailures(
      Storage storage,
      TimeSource time,
      EventDispatcher events,
      Supplier<Optional<CertificateSpec>> first) {
    this.storage = storage;
    this.time = time;
    this.events = events;
    this.first = first;
  }

  /** What is wrong at the moment, if anything. */
  public synchronized Optional<Problem> problem() {
    return Optional.ofNullable(reading).or(() -> tasks.values().stream().findFirst());
  }

  /**
   * What other nodes wrote cannot be read. A storage that fails once, and works at the next look,
   * is shown meanwhile, and no event.
   *
   * @param again when this node looks again
   */
  void cannotRead(Throwable e, Duration again) {
    Instant now = time.instant();
    Problem problem = unreadable(e, now, now.plus(again));
    boolean told;
    synchronized (this) {
      boolean sameLook = reading != null && reading.at().equals(now);
      readingFailures += sameLook ? 0 : 1;
      // The 2nd, 4th, 8th …
      told = !sameLook && readingFailures > 1 && Integer.bitCount(readingFailures) == 1;
      reading = problem;
    }
    log.debug("cannot read what other nodes wrote", e);
    if (told) {
      tell(problem);
    }
  }

  private Problem unreadable(Throwable e, Instant now, Instant next) {
    return new Problem(
        now,
        "The storage " + storage.location() + " failed: " + Messages.failure(e),
        "changes by other nodes are not seen before it works; next look at "
            + Moments.seconds(next)
            + ".",
        next,
        "make the storage work: see the message.");
  }

  /** What other nodes wrote was read. */
  synchronized void canRead() {
    reading = null;
    readingFailures = 0;
  }

  @Override
  public void failed(Task task, Throwable e, Instant next) {
    log.error("A task failed in a way that nobody foresaw; for a report:", e);
    Problem problem =
        new Problem(
            time.instant(),
            "A task failed in a way that nobody foresaw: " + Messages.failure(e),
            "it runs again at " + Moments.seconds(next) + "; what is in service stays.",
            next,
            Messages.REPORT);
    synchronized (this) {
      tasks.put(task, problem);
    }
    tell(problem);
  }

  @Override
  public synchronized void ended(Task task) {
    if (!tasks.isEmpty()) {
      tasks.remove(task);
    }
  }

  private void tell(Problem problem) {
    first
        .get()
        .ifPresent(spec -> events.tell(new AutoTlsEvent.Failed(time.instant(), spec, problem)));
  }
}

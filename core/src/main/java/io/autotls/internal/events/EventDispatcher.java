package io.autotls.internal.events;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.spi.TimeSource;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events to listeners, each in a line of its own: in order, one at a time, never on the
 * thread of a step. A listener that throws harms nobody; one that blocks misses what does not fit
 * into its line any more, and is told how much that was by the log.
 */
public final class EventDispatcher {
  private static final Logger log = LoggerFactory.getLogger(EventDispatcher.class);
  private static final int LONGEST_LINE = 1_000;

  private final TimeSource time;
  private final Executor executor;
  private final List<Line> lines;

  public EventDispatcher(
      TimeSource time, Executor executor, List<Consumer<AutoTlsEvent>> listeners) {
    this.time = time;
    this.executor = executor;
    this.lines = listeners.stream().map(Line::new).toList();
  }

  /** Returns at once. */
  public void tell(AutoTlsEvent event) {
    lines.forEach(line -> line.add(event));
  }

  /** What a listener threw on the last event that it got, if that was about this certificate. */
  public Optional<Problem> problem(CertificateSpec spec) {
    return lines.stream().flatMap(line -> line.trouble(spec).stream()).findFirst();
  }

  /** A listener that throws cannot be told so; those that work are, once. */
  private void report(Line thrower, AutoTlsEvent event, Throwable e) {
    Instant now = time.instant();
    Problem problem =
        new Problem(
            now,
            "The listener "
                + thrower.listener.getClass().getName()
                + " threw on "
                + event.getClass().getSimpleName()
                + ": "
                + Messages.failure(e),
            "it gets the events to come; certificates are not affected.",
            now,
            "mend the listener; the log has its stack trace.");
    if (thrower.threw(event.spec(), problem)) {
      log.warn("A listener threw on {}; certificates are not affected.", event, e);
      AutoTlsEvent failed = new AutoTlsEvent.Failed(now, event.spec(), problem);
      lines.stream().filter(Line::isWell).forEach(line -> line.add(failed));
    }
  }

  private final class Line {
    private final Consumer<AutoTlsEvent> listener;
    private final Deque<AutoTlsEvent> events =
        new ArrayDeque<>(); // guarded by this, like all below
    private boolean served;
    private long dropped;
    private @Nullable CertificateSpec troubledBy; // null while it is well, like the next
    private @Nullable Problem trouble;

    private Line(Consumer<AutoTlsEvent> listener) {
      this.listener = listener;
    }

    private void add(AutoTlsEvent event) {
      boolean begin;
      synchronized (this) {
        if (events.size() == LONGEST_LINE) {
          dropped++;
          return;
        }
        events.add(event);
        begin = !served;
        served = true;
      }
      if (begin) {
        executor.execute(this::serve);
      }
    }

    private void serve() {
      for (AutoTlsEvent event = next(); event != null; event = next()) {
        try {
          listener.accept(event);
          accepted();
        } catch (Throwable e) { // also an Error of the application is none of ours
          report(this, event, e);
        }
      }
    }

    private synchronized void accepted() {
      troubledBy = null;
      trouble = null;
    }

    /** Returns whether it accepted the event before. */
    private synchronized boolean threw(CertificateSpec spec, Problem problem) {
      boolean first = trouble == null;
      troubledBy = spec;
      trouble = problem;
      return first;
    }

    private synchronized boolean isWell() {
      return trouble == null;
    }

    private synchronized Optional<Problem> trouble(CertificateSpec spec) {
      return Optional.ofNullable(trouble).filter(any -> spec.equals(troubledBy));
    }

    private synchronized @Nullable AutoTlsEvent next() {
      AutoTlsEvent event = events.poll();
      served = event != null;
      if (event == null && dropped > 0) {
        log.warn(
            "A listener was too slow: it missed {} events. Next: it gets those to come. To do: let it"
                + " return soon, and work elsewhere.",
            dropped);
        dropped = 0;
      }
      return event;
    }
  }
}

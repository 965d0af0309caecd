package io.autotls.internal.cluster;

import io.autotls.spi.EntryInfo;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watch on the storage, and how far it deserves to be believed. A watch is a hint, the poll is
 * the truth: this says how often to look although nothing was told. A watch that ends by itself is
 * begun again by the look that follows. Safe for use by many threads.
 */
public final class StorageWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StorageWatch.class);

  /** Between two looks at a store that does not tell, or not for sure. */
  public static final Duration UNSURE = Duration.ofMinutes(1);

  /**
   * Between two looks at a store that tells. What it forgot to tell is found by this, or when the
   * record is due: all nodes plan the same renewal, and read before they act.
   */
  public static final Duration RELIED_ON = Duration.ofHours(1);

  /** How long a watch counts for nothing that was found out to have told nothing. */
  private static final Duration DISTRUST = Duration.ofDays(1);

  /** Begins a watch. */
  @FunctionalInterface
  public interface Opening {
    Optional<Watch> open(WatchListener listener) throws IOException;
  }

  private enum State {
    TO_BE_OPENED,
    OPEN,
    /** The store cannot tell, or nobody wants to hear any more. */
    NONE
  }

  private final Opening opening;
  private final Consumer<EntryInfo> changed;
  private final Runnable lost;
  private final TimeSource time;
  private final Consumer<Throwable> onFailure;
  private State state = State.TO_BE_OPENED; // guarded by this, like all below
  private @Nullable Watch watch; // null unless open
  private @Nullable Link link; // null until it was opened once; what others hear is old
  private boolean failing; // whether it could not be opened the last time
  private @Nullable Long caughtAt; // by the monotonic clock; null unless it missed something

  /** What one watch tells, for as long as it is the present one. */
  private final class Link implements WatchListener {
    private boolean over; // guarded by the outer one

    @Override
    public void changed(EntryInfo entry) {
      changed.accept(entry);
    }

    @Override
    public void lost() {
      lost.run();
    }

    @Override
    public void ended(Throwable cause) {
      log.debug("a watch has ended, and is begun again", cause);
      if (isOver(this)) {
        lost.run();
      }
    }
  }

  /**
   * Creates it; {@link #open} begins.
   *
   * @param changed hears of changes, perhaps, on the thread of the storage
   * @param lost hears there that everything is to be looked at, after a call of {@link #open}
   * @param onFailure hears of the first of several failures to begin
   */
  public StorageWatch(
      Opening opening,
      Consumer<EntryInfo> changed,
      Runnable lost,
      TimeSource time,
      Consumer<Throwable> onFailure) {
    this.opening = opening;
    this.changed = changed;
    this.lost = lost;
    this.time = time;
    this.onFailure = onFailure;
  }

  /** Begins, or tries again if that failed or the watch has ended. Call it before each look. */
  public void open() {
    Link next = new Link();
    synchronized (this) {
      if (state != State.TO_BE_OPENED) {
        return;
      }
      link = next;
    }
    try {
      opened(next, opening.open(next).orElse(null));
    } catch (Throwable e) { // also an Error: it must not end the start
      failed(e);
    }
  }

  private void opened(Link opened, @Nullable Watch begun) {
    synchronized (this) {
      if (state == State.TO_BE_OPENED && !opened.over) {
        state = begun == null ? State.NONE : State.OPEN;
        watch = begun;
        failing = false;
        return;
      }
    }
    if (begun != null) {
      begun.close(); // it has ended already, or nobody wants to hear any more
    }
  }

  /** Notes that a watch has ended; false if that is not the present one. */
  private synchronized boolean isOver(Link ended) {
    if (ended != link || ended.over || state == State.NONE) {
      return false;
    }
    ended.over = true;
    state = State.TO_BE_OPENED;
    watch = null;
    return true;
  }

  private void failed(Throwable e) {
    boolean news;
    synchronized (this) {
      news = !failing;
      failing = true;
    }
    if (news) {
      onFailure.accept(e);
    }
  }

  /** A look found something that this watch should have told. */
  public synchronized void missedSomething() {
    caughtAt = time.nanos();
  }

  /** How long to rely on it until the next look. */
  public synchronized Duration look() {
    if (caughtAt != null && time.nanos() - caughtAt >= DISTRUST.toNanos()) {
      caughtAt = null;
    }
    return watch != null && watch.isReliable() && caughtAt == null ? RELIED_ON : UNSURE;
  }

  @Override
  public void close() {
    Watch open;
    synchronized (this) {
      state = State.NONE;
      open = watch;
      watch = null;
    }
    if (open != null) {
      open.close();
    }
  }
}

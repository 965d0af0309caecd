package io.autotls.internal.storage;

import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.Version;
import io.autotls.spi.Watch;
import io.autotls.spi.WatchListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets nobody wait for a store for longer than {@link Storage#DEADLINE}, whatever the store does: a
 * disk on a network that is gone may hold a thread for ever, and no interrupt frees it. So each
 * call runs on a thread of its own kind, and is left alone when its time is over; what it brings
 * later is closed, or was an answer that got lost.
 *
 * <p>While {@value #MOST_OVERDUE} calls are overdue, further ones fail at once: a store that hangs
 * costs that many threads, and no worker for longer than the deadline.
 */
public final class DeadlineStorage implements Storage {
  private static final Logger log = LoggerFactory.getLogger(DeadlineStorage.class);

  private static final int MOST_OVERDUE = 8;

  /** Workers, and threads of those who look for challenges, may call at once. */
  private static final int MOST_THREADS = 256;

  private static final Duration IDLE = Duration.ofSeconds(10);
  private static final Consumer<Object> NOTHING_TO_CLOSE = any -> {};

  private final Storage storage;
  private final Duration deadline;
  private final ExecutorService threads;
  private final AtomicInteger overdue = new AtomicInteger();

  /**
   * The same storage, with another deadline.
   *
   * @param threads to make calls on: at once, or not at all; ended when this is closed
   */
  public DeadlineStorage(Storage storage, Duration deadline, ExecutorService threads) {
    this.storage = storage;
    this.deadline = deadline;
    this.threads = threads;
  }

  /** The same storage, with its deadline. Closing it closes {@code storage}. */
  public static Storage over(Storage storage) {
    AtomicInteger count = new AtomicInteger();
    ExecutorService threads =
        new ThreadPoolExecutor(
            0,
            MOST_THREADS,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "autotls-storage-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    return new DeadlineStorage(storage, DEADLINE, threads);
  }

  /** What is asked of the store. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws IOException;
  }

  @Override
  public Optional<Entry> read(Key key) throws IOException {
    return call("read " + key, () -> storage.read(key), NOTHING_TO_CLOSE);
  }

  @Override
  public Version write(Key key, byte[] value, Version expected) throws IOException {
    byte[] copy = value.clone(); // the caller may use its array again, and the call go on
    return call("write " + key, () -> storage.write(key, copy, expected), NOTHING_TO_CLOSE);
  }

  @Override
  public boolean delete(Key key, Version expected) throws IOException {
    return call("delete " + key, () -> storage.delete(key, expected), NOTHING_TO_CLOSE);
  }

  @Override
  public Listing list(KeyPrefix prefix) throws IOException {
    Listing entries = call("list " + prefix, () -> storage.list(prefix), Listing::close);
    return new Steps(prefix, entries);
  }

  @Override
  public Optional<Watch> watch(KeyPrefix prefix, WatchListener listener) throws IOException {
    return call(
        "watch " + prefix,
        () -> storage.watch(prefix, listener),
        late -> late.ifPresent(Watch::close));
  }

  private <T> T call(String what, Work<T> work, Consumer<? super T> closeLate) throws IOException {
    return begin(what, work, closeLate).await();
  }

  /**
   * Begins a call.
   *
   * @param closeLate closes what comes when nobody waits for it any more
   * @throws IOException if it has not begun
   */
  private <T> Call<T> begin(String what, Work<T> work, Consumer<? super T> closeLate)
      throws IOException {
    if (overdue.get() >= MOST_OVERDUE) {
      throw new IOException(
          "it was not asked to " + what + ": " + MOST_OVERDUE + " calls have not come back yet");
    }
    Call<T> call = new Call<>(what, work, closeLate);
    try {
      threads.execute(call);
      return call;
    } catch (RejectedExecutionException e) {
      throw new IOException("it was not asked to " + what + ": it is closed, or too busy", e);
    }
  }

  @Override
  public String location() {
    return storage.location();
  }

  @Override
  public void close() {
    try {
      call(
          "close",
          () -> {
            storage.close();
            return this;
          },
          NOTHING_TO_CLOSE);
    } catch (IOException e) {
      log.debug("{} could not be closed in time", storage.location(), e);
    }
    threads.shutdown();
  }

  @Override
  public String toString() {
    return storage.toString();
  }

  /** One call, which somebody waits for until its time is over. */
  private final class Call<T> implements Runnable {
    private final String what;
    private final Work<T> work;
    private final Consumer<? super T> closeLate;
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private @Nullable Thread thread; // guarded by this, like all below; null unless it runs
    private boolean late;
    private boolean returned;

    private Call(String what, Work<T> work, Consumer<? super T> closeLate) {
      this.what = what;
      this.work = work;
      this.closeLate = closeLate;
    }

    @Override
    public void run() {
      if (!starts()) {
        return;
      }
      try {
        T result = work.run();
        if (!answer.complete(result)) {
          closeLate.accept(result);
        }
      } catch (Throwable e) { // whoever waits throws it
        if (!answer.completeExceptionally(e)) {
          log.debug("{} failed, too late for anybody", what, e);
        }
      } finally {
        ended();
      }
    }

    /** Unless nobody waits any more. */
    private synchronized boolean starts() {
      if (late) {
        overdue.decrementAndGet();
        return false;
      }
      thread = Thread.currentThread();
      return true;
    }

    private synchronized void ended() {
      thread = null;
      returned = true;
      Thread.interrupted(); // it was for this call, and not for the next one
      if (late) {
        overdue.decrementAndGet();
      }
    }

    private T await() throws IOException {
      try {
        return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        return giveUp(
            new IOException("it did not " + what + " within " + deadline.toSeconds() + " s"));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return giveUp(new InterruptedIOException("interrupted while it was to " + what));
      } catch (ExecutionException e) {
        throw failure(e.getCause());
      }
    }

    /** Unless the answer came at the last moment. */
    private T giveUp(IOException failure) throws IOException {
      if (answer.completeExceptionally(failure)) {
        abandon();
      }
      try {
        return answer.join();
      } catch (CompletionException e) {
        throw failure(e.getCause());
      }
    }

    private synchronized void abandon() {
      if (returned) {
        return;
      }
      late = true;
      overdue.incrementAndGet();
      if (thread != null) {
        thread.interrupt();
      }
    }

    private IOException failure(@Nullable Throwable cause) {
      if (cause instanceof RuntimeException e) {
        throw e;
      } else if (cause instanceof Error e) {
        throw e;
      }
      return cause instanceof IOException e ? e : new IOException(cause);
    }
  }

  /** A listing, each step of which has its deadline. */
  private final class Steps implements Listing {
    private final KeyPrefix prefix;
    private final Listing entries;
    private boolean busy; // guarded by this, like the next; a step is under way, perhaps for ever
    private boolean closed;

    private Steps(KeyPrefix prefix, Listing entries) {
      this.prefix = prefix;
      this.entries = entries;
    }

    @Override
    public boolean next() throws IOException {
      synchronized (this) {
        if (busy) {
          throw new IOException("the listing of " + prefix + " was given up");
        }
        busy = true;
      }
      Call<Boolean> step;
      try {
        step = begin("list " + prefix, this::step, NOTHING_TO_CLOSE);
      } catch (IOException e) {
        isThrough();
        throw e;
      }
      return step.await();
    }

    private boolean step() throws IOException {
      try {
        return entries.next();
      } finally {
        if (isThrough()) {
          entries.close();
        }
      }
    }

    /** Ends a step; true if it was closed meanwhile. */
    private synchronized boolean isThrough() {
      busy = false;
      return closed;
    }

    @Override
    public EntryInfo entry() {
      return entries.entry();
    }

    @Override
    public void close() {
      synchronized (this) {
        closed = true;
        if (busy) {
          return; // the step that hangs closes it if it ever comes back
        }
      }
      try {
        call(
            "close the listing of " + prefix,
            () -> {
              entries.close();
              return this;
            },
            NOTHING_TO_CLOSE);
      } catch (IOException e) {
        log.debug("a listing of {} could not be closed", prefix, e);
      }
    }
  }
}

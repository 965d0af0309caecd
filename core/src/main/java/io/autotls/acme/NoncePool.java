package io.autotls.acme;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Nonces that answers brought along (RFC 8555 §6.5), the newest on top. Each is handed out once.
 * Old ones are dropped: CAs forget them, and a refused nonce costs as much as asking for a new one.
 *
 * <p>Requests that are made together share what comes back. One that finds the pool empty waits for
 * the answers to those under way, as long as they keep coming: on a fast link a few nonces are
 * enough for any number of requests. On a slow link nothing comes for a while, and then it is worth
 * asking for another nonce, so the pool grows until the requests no longer wait for each other.
 */
final class NoncePool {
  private static final int CAPACITY = 256;
  private static final Duration MAX_AGE = Duration.ofMinutes(2);
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9_-]{1,512}");

  /** Longer than an answer takes nearby, shorter than a second exchange takes far away. */
  static final Duration WORTH_WAITING = Duration.ofMillis(150);

  /** At once: Let's Encrypt allows bursts of ten from one address, which others may share. */
  private static final int MAX_ASKING = 2;

  private final InstantSource clock;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final Deque<Pooled> pool = new ArrayDeque<>(); // guarded by lock, like all below
  private int underWay; // requests that will bring a nonce, or fail
  private int asking; // those of them that ask for nothing else
  private long answers;

  NoncePool(InstantSource clock, Duration patience) {
    this.clock = clock;
    this.patience = patience;
  }

  /** The nonce if it is one: others must be ignored (RFC 8555 §6.5.1). */
  static @Nullable String validOrNull(@Nullable String nonce) {
    return nonce != null && NONCE.matcher(nonce).matches() ? nonce : null;
  }

  /**
   * Begins a request: call {@link #end} when it is over, however that was.
   *
   * @return its nonce; null if the request has to ask for one, and {@link #asked} afterwards
   */
  @Nullable String begin() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      boolean waitedInVain = false;
      while (true) {
        String nonce = take();
        if (nonce != null) {
          underWay++;
          return nonce;
        }
        if ((underWay == 0 || waitedInVain) && asking < MAX_ASKING) {
          underWay++;
          asking++;
          return null;
        }
        long before = answers;
        news.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        waitedInVain = answers == before;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The request that {@link #begin} told to ask for a nonce has done so, or failed. */
  void asked() {
    lock.lock();
    try {
      asking--;
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  /** A request is over. */
  void end() {
    lock.lock();
    try {
      underWay--;
      answers++;
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  void add(String nonce) {
    lock.lock();
    try {
      if (pool.size() == CAPACITY) {
        pool.removeLast();
      }
      pool.addFirst(new Pooled(nonce, clock.instant()));
    } finally {
      lock.unlock();
    }
  }

  /** Takes the newest; null if there is none that is fresh enough. */
  @Nullable String take() {
    lock.lock();
    try {
      Pooled newest = pool.pollFirst();
      if (newest == null) {
        return null;
      }
      Duration age = Duration.between(newest.since, clock.instant());
      // The wall clock may have been set back: then no age means anything.
      if (age.isNegative() || age.compareTo(MAX_AGE) > 0) {
        pool.clear(); // those below are older still
        return null;
      }
      return newest.nonce;
    } finally {
      lock.unlock();
    }
  }

  void clear() {
    lock.lock();
    try {
      pool.clear();
    } finally {
      lock.unlock();
    }
  }

  private record Pooled(String nonce, Instant since) {}
}

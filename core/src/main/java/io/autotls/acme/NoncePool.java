package io.autotls.acme;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Nonces that answers brought along (RFC 8555 §6.5), the newest on top. Each is handed out once.
 * Old ones are dropped: CAs forget them, and a refused nonce costs as much as asking for a new one.
 */
final class NoncePool {
  private static final int CAPACITY = 64;
  private static final Duration MAX_AGE = Duration.ofMinutes(2);
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9_-]{1,512}");

  private final InstantSource clock;
  private final Deque<Pooled> pool = new ArrayDeque<>();

  NoncePool(InstantSource clock) {
    this.clock = clock;
  }

  /** The nonce if it is one: others must be ignored (RFC 8555 §6.5.1). */
  static @Nullable String validOrNull(@Nullable String nonce) {
    return nonce != null && NONCE.matcher(nonce).matches() ? nonce : null;
  }

  synchronized void add(String nonce) {
    if (pool.size() == CAPACITY) {
      pool.removeLast();
    }
    pool.addFirst(new Pooled(nonce, clock.instant()));
  }

  /** Takes the newest; null if there is none that is fresh enough. */
  synchronized @Nullable String take() {
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
  }

  synchronized void clear() {
    pool.clear();
  }

  private record Pooled(String nonce, Instant since) {}
}

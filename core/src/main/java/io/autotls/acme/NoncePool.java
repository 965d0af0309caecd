package io.autotls.acme;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Nonces that the CA gave away with earlier answers, the youngest first (RFC 8555 §6.5). Thread-safe. */
final class NoncePool {
  private static final int CAPACITY = 64;
  private static final Pattern BASE64URL = Pattern.compile("[A-Za-z0-9_-]{1,512}");

  /** CAs forget nonces; an old one costs a round trip more than a new one. */
  private static final Duration LIFETIME = Duration.ofMinutes(5);

  private final InstantSource clock;
  private final Deque<Pooled> nonces = new ArrayDeque<>(); // guarded by this

  private record Pooled(String nonce, Instant since) {}

  NoncePool(InstantSource clock) {
    this.clock = clock;
  }

  /** Keeps the nonce of an answer; one that is none is ignored (§6.5.1). */
  synchronized void add(@Nullable String nonce) {
    if (nonce != null && BASE64URL.matcher(nonce).matches()) {
      nonces.push(new Pooled(nonce, clock.instant()));
      if (nonces.size() > CAPACITY) {
        nonces.removeLast();
      }
    }
  }

  /** Takes a nonce out; nobody else gets it. */
  synchronized Optional<String> take() {
    Instant oldest = clock.instant().minus(LIFETIME);
    Pooled youngest = nonces.poll();
    if (youngest == null) {
      return Optional.empty();
    }
    if (youngest.since().isBefore(oldest)) {
      nonces.clear(); // the others are older still
      return Optional.empty();
    }
    return Optional.of(youngest.nonce());
  }
}

package io.autotls.testing.ca.internal.acme;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Nonces that were handed out and not used yet: a bounded pool, and each ages out. */
final class Nonces {
  private static final int CAPACITY = 20_000;
  private static final Duration LIFETIME = Duration.ofHours(1);

  private final InstantSource time;
  private final SecureRandom random;
  private final Map<String, Instant> open = new LinkedHashMap<>();

  Nonces(InstantSource time, SecureRandom random) {
    this.time = time;
    this.random = random;
  }

  synchronized String next() {
    if (open.size() == CAPACITY) {
      Iterator<String> oldest = open.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
    String nonce = Tokens.next(random);
    open.put(nonce, time.instant());
    return nonce;
  }

  /** Whether the nonce was ours and fresh; it is used up by asking. */
  synchronized boolean use(String nonce) {
    Instant issued = open.remove(nonce);
    return issued != null && time.instant().isBefore(issued.plus(LIFETIME));
  }

  synchronized void forget() {
    open.clear();
  }
}

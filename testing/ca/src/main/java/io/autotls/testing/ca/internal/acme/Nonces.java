package io.autotls.testing.ca.internal.acme;

import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Nonces that were given out and not yet used (RFC 8555 §6.5). Thread-safe. */
final class Nonces {
  private static final int CAPACITY = 10_000;

  private final RandomGenerator random;
  private final Set<String> valid = new LinkedHashSet<>(); // guarded by this
  private double rejected; // guarded by this

  Nonces(RandomGenerator random) {
    this.random = random;
  }

  synchronized void reject(double share) {
    this.rejected = share;
  }

  synchronized String next() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    valid.add(nonce);
    if (valid.size() > CAPACITY) {
      valid.remove(valid.iterator().next());
    }
    return nonce;
  }

  /** Uses a nonce up; false if it was not valid, or bad luck was asked for. */
  synchronized boolean use(String nonce) {
    return valid.remove(nonce) && random.nextDouble() >= rejected;
  }
}

package io.autotls.testing.ca.internal.acme;

import java.security.SecureRandom;
import java.util.Base64;

/** Values nobody guesses: 256 bits (RFC 8555 §8 asks for 128). */
final class Tokens {
  private static final int BYTES = 32;

  private Tokens() {}

  static String next(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}

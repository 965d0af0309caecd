package io.autotls.testing.ca.internal.validation;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The label of an account in dns-account-01: base32 of the first ten bytes of a digest. */
final class AccountLabel {
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int BYTES = 10;
  private static final int BITS_PER_DIGIT = 5;

  private AccountLabel() {}

  static String of(String accountUrl) {
    byte[] digest = Digests.sha256(accountUrl.getBytes(StandardCharsets.UTF_8));
    BigInteger number = new BigInteger(1, Arrays.copyOf(digest, BYTES));
    StringBuilder label = new StringBuilder();
    for (int bit = BYTES * Byte.SIZE - BITS_PER_DIGIT; bit >= 0; bit -= BITS_PER_DIGIT) {
      label.append(ALPHABET.charAt(number.shiftRight(bit).intValue() & 31));
    }
    return label.toString();
  }
}

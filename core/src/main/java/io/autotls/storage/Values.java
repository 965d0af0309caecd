package io.autotls.storage;

import io.autotls.spi.Key;
import io.autotls.spi.Storage;

/** What both stores check of their arguments. */
final class Values {
  private Values() {}

  static void check(String key, byte[] value) {
    if (value.length > Storage.MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(
          "value for "
              + key
              + " has "
              + value.length
              + " bytes, at most "
              + Storage.MAX_VALUE_BYTES
              + " are allowed");
    }
  }

  static String checkPrefix(String prefix) {
    if (!prefix.isEmpty()) {
      if (!prefix.endsWith("/")) {
        throw new IllegalArgumentException("prefix must be empty or end with a slash: " + prefix);
      }
      Key.checkName(prefix.substring(0, prefix.length() - 1));
    }
    return prefix;
  }
}

package io.autotls.storage;

import io.autotls.spi.Key;
import io.autotls.spi.Storage;

/** What both stores check of their arguments. */
final class Values {
  private Values() {}

  static void check(Key key, byte[] value) {
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
}

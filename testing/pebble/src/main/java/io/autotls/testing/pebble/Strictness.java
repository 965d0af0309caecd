package io.autotls.testing.pebble;

/** Whether Pebble runs with {@code -strict}. */
enum Strictness {
  LENIENT,
  STRICT
}

package io.autotls.spi;

/** Something that was planned. */
@FunctionalInterface
public interface Cancellable {
  /** Cancels it if it has not begun; else, or the second time, this does nothing. */
  void cancel();
}

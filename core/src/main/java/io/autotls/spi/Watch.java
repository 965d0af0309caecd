package io.autotls.spi;

/** A running watch on a store; closing it ends the notifications and throws nothing. */
@FunctionalInterface
public interface Watch extends AutoCloseable {
  @Override
  void close();
}

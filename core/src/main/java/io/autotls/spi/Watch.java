package io.autotls.spi;

/** A running watch on a store; closing it ends the notifications and throws nothing. */
@FunctionalInterface
public interface Watch extends AutoCloseable {
  /**
   * Whether this watch may be relied on at the moment: it tells of every change, whoever makes it,
   * or says {@link WatchListener#lost()}. A watch on a network file system hears nothing of other
   * machines, and nothing shows that: such a one must say no. No unless overridden.
   *
   * <p>AutoTls looks for itself each minute while this is false, and now and then while it is true.
   * Whenever the answer changes, the listener hears {@code lost()}.
   */
  default boolean isReliable() {
    return false;
  }

  @Override
  void close();
}

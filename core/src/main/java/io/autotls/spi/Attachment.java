package io.autotls.spi;

/**
 * A server of the application that will answer challenges for a solver, as the adapter of that
 * server holds it. It begins as not listening.
 */
public interface Attachment {
  /** The server accepts connections now. Repeating it is harmless. */
  void listening();

  /** The server does not accept connections any more; it may again. Repeating it is harmless. */
  void stopped();
}

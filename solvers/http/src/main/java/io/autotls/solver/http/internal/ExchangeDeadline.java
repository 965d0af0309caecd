package io.autotls.solver.http.internal;

/**
 * Interrupts the thread that works on one exchange if it takes too long, and never a later exchange
 * on the same thread. The interrupt closes the channel on which the thread is blocked.
 */
final class ExchangeDeadline {
  private final Thread worker;
  private boolean over;

  ExchangeDeadline(Thread worker) {
    this.worker = worker;
  }

  synchronized void passed() {
    if (!over) {
      worker.interrupt();
    }
  }

  /** Called by the worker itself, when the exchange has ended. */
  synchronized void end() {
    over = true;
    Thread.interrupted(); // the next exchange begins without the interrupt of this one
  }
}

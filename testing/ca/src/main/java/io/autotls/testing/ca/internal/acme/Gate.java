package io.autotls.testing.ca.internal.acme;

import java.util.ArrayList;
import java.util.List;

/** Lets work pass, or keeps it until somebody opens. */
public final class Gate {
  private final List<Runnable> waiting = new ArrayList<>();
  private boolean closed;

  public synchronized void close() {
    closed = true;
  }

  /** Opens, and does on this thread what has waited. */
  public void open() {
    List<Runnable> free;
    synchronized (this) {
      closed = false;
      free = List.copyOf(waiting);
      waiting.clear();
    }
    free.forEach(Runnable::run);
  }

  /** Whether the task waits; it is the caller's to do otherwise. */
  synchronized boolean keeps(Runnable task) {
    if (closed) {
      waiting.add(task);
    }
    return closed;
  }
}

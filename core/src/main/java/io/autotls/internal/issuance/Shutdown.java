package io.autotls.internal.issuance;

/**
 * Whether this node stops. From then on it begins no step, and what fails says nothing about
 * anybody: connections are cut, and the servers that answer challenges are gone. So no failure is
 * stored or told any more. What a step achieves is stored as ever.
 *
 * <p>Safe for use by many threads.
 */
public final class Shutdown {
  private volatile boolean begun;

  public void begin() {
    begun = true;
  }

  public boolean isBegun() {
    return begun;
  }
}

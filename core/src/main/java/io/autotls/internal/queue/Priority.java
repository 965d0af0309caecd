package io.autotls.internal.queue;

/**
 * What is more urgent when more is due than there are workers. Each priority gets a share of the
 * workers by its weight as long as it has something to do, so that none of them ever starves: while
 * all priorities are full, of 24 steps 8 are first issuances and one is an inquiry.
 */
public enum Priority {
  /**
   * Visitors see the placeholder, and nothing has failed yet. The newest and the oldest in turn.
   */
  FIRST(8),
  /** The certificate in service has expired, is about to, or is going to be revoked. */
  URGENT(8),
  /** A renewal in good time. */
  ROUTINE(4),
  /** A first issuance that failed before: those that fail must not hold up those that work. */
  AGAIN(2),
  /** Asking a CA when it would like a renewal. Optional: it has workers of its own. */
  ARI(1),
  /** Tidying up. */
  CLEANING(1);

  private final int weight;

  Priority(int weight) {
    this.weight = weight;
  }

  /** How many steps this priority takes while another one of weight one takes one. */
  int weight() {
    return weight;
  }
}

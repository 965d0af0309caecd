package io.autotls.testing.ca;

/** When a CA does what it was asked for. */
public enum Processing {
  /**
   * Before it answers the request: the response has the final state. No thread runs besides, which
   * makes tests on a virtual clock repeatable.
   */
  IN_REQUEST,
  /** After the answer, on a thread of its own: the client sees {@code processing} and polls. */
  IN_BACKGROUND
}

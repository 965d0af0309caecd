package io.autotls.internal.engine;

/** What goes first when more is due than there are workers; in order of urgency. */
enum Lane {
  /** Visitors see a placeholder or an expired certificate, or will soon. */
  URGENT,
  /** A renewal in good time. */
  ROUTINE,
  /** Tidying up. */
  CLEANING
}

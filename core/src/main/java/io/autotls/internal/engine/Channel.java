package io.autotls.internal.engine;

/**
 * Whom a task is going to ask, and what for. Tasks of one channel share its workers, and wait
 * together while it is closed.
 *
 * @param issuer the id of the issuer; empty for what asks nobody but the storage
 */
record Channel(String issuer, Kind kind) {
  /** What may be asked of an issuer. */
  enum Kind {
    /** The next step of an attempt that is under way. */
    STEP,
    /** A new attempt. It takes its place among the steps, and is admitted besides. */
    BEGINNING,
    /** When it would like a renewal: optional, and never in the way of the others. */
    INQUIRY,
    /** Nothing. */
    NOTHING
  }

  static final Channel NOBODY = new Channel("", Kind.NOTHING);

  static Channel steps(String issuer) {
    return new Channel(issuer, Kind.STEP);
  }

  static Channel beginnings(String issuer) {
    return new Channel(issuer, Kind.BEGINNING);
  }

  static Channel inquiries(String issuer) {
    return new Channel(issuer, Kind.INQUIRY);
  }

  /** The channel whose workers this one takes: its own, but for a beginning. */
  Channel workers() {
    return kind == Kind.BEGINNING ? steps(issuer) : this;
  }
}

package io.autotls.internal.queue;

/**
 * Whom a task is going to ask, and what for. Tasks of one channel share its workers, and wait
 * together while it is closed.
 *
 * @param issuer the id of the issuer; empty for what asks nobody but the storage
 */
public record Resource(String issuer, Kind kind) {
  /** What may be asked of an issuer. */
  public enum Kind {
    /** The next step of an attempt that is under way. */
    STEP,
    /** A new attempt. It takes its place among the steps, and is admitted besides. */
    BEGINNING,
    /** When it would like a renewal: optional, and never in the way of the others. */
    INQUIRY,
    /** Whether answers to challenges can be seen: of solvers alone, whatever issuer wants them. */
    SETTLE,
    /** Nothing. */
    NOTHING
  }

  public static final Resource NOBODY = new Resource("", Kind.NOTHING);

  public static final Resource SOLVERS = new Resource("", Kind.SETTLE);

  public static Resource steps(String issuer) {
    return new Resource(issuer, Kind.STEP);
  }

  public static Resource beginnings(String issuer) {
    return new Resource(issuer, Kind.BEGINNING);
  }

  public static Resource inquiries(String issuer) {
    return new Resource(issuer, Kind.INQUIRY);
  }

  /** The channel whose workers this one takes: its own, but for a beginning. */
  Resource workers() {
    return kind == Kind.BEGINNING ? steps(issuer) : this;
  }
}

package io.autotls.internal.queue;

import java.time.Instant;

/** When to run a task, and whom it is going to ask. */
public record Schedule(Instant due, Priority priority, Resource resource) {
  /**
   * When something is due that only a person can begin, as {@code CertificateStatus.nextStep} says
   * it.
   */
  public static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

  /** An appointment with nobody but the storage. */
  public static Schedule of(Instant due, Priority priority) {
    return new Schedule(due, priority, Resource.NOBODY);
  }

  public Schedule at(Instant other) {
    return new Schedule(other, priority, resource);
  }

  /** Whichever comes first; the lane of that one. */
  static Schedule earlier(Schedule a, Schedule b) {
    return a.due().isAfter(b.due()) ? b : a;
  }
}

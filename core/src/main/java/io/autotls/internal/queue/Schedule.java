package io.autotls.internal.queue;

import io.autotls.internal.time.Due;
import java.time.Instant;

/** When to run a task, and whom it is going to ask. */
public record Schedule(Due due, Priority priority, Resource resource) {
  /** A schedule with nobody but the storage. */
  public static Schedule of(Due due, Priority priority) {
    return new Schedule(due, priority, Resource.NOBODY);
  }

  /** The same, at an instant. */
  public static Schedule of(Instant due, Priority priority) {
    return of(Due.at(due), priority);
  }

  public Schedule at(Due other) {
    return new Schedule(other, priority, resource);
  }

  public Schedule at(Instant other) {
    return at(Due.at(other));
  }

  /** Whichever comes first; the priority of that one. */
  static Schedule earlier(Schedule a, Schedule b) {
    return a.due().isAfter(b.due()) ? b : a;
  }
}

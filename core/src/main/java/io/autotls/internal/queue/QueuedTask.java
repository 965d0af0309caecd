package io.autotls.internal.queue;

import io.autotls.internal.time.Due;

/**
 * A task with its schedule; a class, because each is another one. Ordered by due time, and of those
 * that are due at once, as they came.
 */
final class QueuedTask implements Comparable<QueuedTask> {
  private final Task task;
  private final Schedule schedule;
  private final long number;

  QueuedTask(Task task, Schedule schedule, long number) {
    this.task = task;
    this.schedule = schedule;
    this.number = number;
  }

  Task task() {
    return task;
  }

  /** The same at another time. */
  QueuedTask at(Due other) {
    return new QueuedTask(task, schedule.at(other), number);
  }

  Due due() {
    return schedule.due();
  }

  Priority priority() {
    return schedule.priority();
  }

  Resource resource() {
    return schedule.resource();
  }

  @Override
  public int compareTo(QueuedTask other) {
    int byDueTime = due().compareTo(other.due());
    return byDueTime != 0 ? byDueTime : Long.compare(number, other.number);
  }
}

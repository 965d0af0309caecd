package io.autotls.internal.queue;

import org.jspecify.annotations.Nullable;

/** Something to do, again and again. */
@FunctionalInterface
public interface Task {
  /**
   * Does it, and says when to do it next; null for never. Must not throw; what is thrown
   * nevertheless is told to the supervisor of the queue, and the task is run again after a minute.
   */
  @Nullable Schedule run();
}

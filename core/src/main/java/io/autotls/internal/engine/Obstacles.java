package io.autotls.internal.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who waits for something outside, such as a server that has to start. A change that comes while a
 * step is still finding out what is missing is not lost: that step looks again at once.
 *
 * <p>Safe for use by many threads.
 */
final class Obstacles {
  private final Set<Managed> waiting = new HashSet<>(); // guarded by this
  private final ObstacleReport report;
  private long changes; // guarded by this

  Obstacles(ObstacleReport report) {
    this.report = report;
  }

  /** People are to hear of it, if it lasts. */
  void report(Managed one) {
    report.add(one);
  }

  /** To be called before finding out what is missing, and handed to {@link #await}. */
  synchronized long look() {
    return changes;
  }

  /**
   * Waits for a change.
   *
   * @return false if there has been one since that look
   */
  synchronized boolean await(Managed one, long look) {
    if (look != changes) {
      return false;
    }
    waiting.add(one);
    return true;
  }

  synchronized void forget(Managed one) {
    waiting.remove(one);
  }

  /** Something changed; returns who waited for that, and does so no longer. */
  synchronized List<Managed> changed() {
    changes++;
    List<Managed> all = new ArrayList<>(waiting);
    waiting.clear();
    return all;
  }
}

package io.autotls.internal.issuance;

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
public final class BlockedCertificates {
  private final Set<ManagedCertificate> waiting = new HashSet<>(); // guarded by this
  private final BlockedReport report;
  private long changes; // guarded by this

  public BlockedCertificates(BlockedReport report) {
    this.report = report;
  }

  /** People are to hear of it, if it lasts. */
  void report(ManagedCertificate one) {
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
  synchronized boolean await(ManagedCertificate one, long look) {
    if (look != changes) {
      return false;
    }
    waiting.add(one);
    return true;
  }

  public synchronized void forget(ManagedCertificate one) {
    waiting.remove(one);
  }

  /** Something changed; returns who waited for that, and does so no longer. */
  public synchronized List<ManagedCertificate> changed() {
    changes++;
    List<ManagedCertificate> all = new ArrayList<>(waiting);
    waiting.clear();
    return all;
  }
}

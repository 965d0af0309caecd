package io.autotls.internal.issuance;

import io.autotls.internal.queue.Schedule;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
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
  /** Before a step is tried again that nobody has reported to be possible. */
  static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private final Set<ManagedCertificate> waiting = new HashSet<>(); // guarded by this
  private final BlockedReport report;
  private final TimeSource time;
  private long changes; // guarded by this

  public BlockedCertificates(BlockedReport report, TimeSource time) {
    this.report = report;
    this.time = time;
  }

  /** To be called before finding out what is missing, and handed to {@link #block}. */
  synchronized long look() {
    return changes;
  }

  /**
   * That one waits for something outside. Nothing is stored, so that whoever can take the step
   * finds it due.
   *
   * @param look what {@link #look} returned before it was found out
   * @return when to look again, if nobody reports a change before
   */
  Schedule block(ManagedCertificate one, String reason, long look) {
    if (one.block(reason)) {
      report.add(one);
    }
    Instant now = time.instant();
    return one.schedule().at(await(one, look) ? now.plus(LOOK_AGAIN) : now);
  }

  /** Waits for a change; false if there has been one since that look. */
  private synchronized boolean await(ManagedCertificate one, long look) {
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

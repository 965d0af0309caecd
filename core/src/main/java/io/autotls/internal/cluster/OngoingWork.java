package io.autotls.internal.cluster;

import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whether somebody still works on a certificate, whichever node that is: what was published for an
 * attempt is in use until then, and garbage afterwards.
 *
 * <p>A job that is under way says so itself. One whose next step has been overdue for long, and
 * whose record nobody has touched meanwhile, was left behind by a node that is gone: the wall clock
 * alone never says so, for it may be wrong.
 */
public final class OngoingWork {
  private static final int MOST_REMEMBERED = 10_000;

  private final RecordStore records;
  private final TimeSource time;
  private final Map<String, Seen> seen =
      new LinkedHashMap<>() { // guarded by this; attempts under way
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Seen> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  private record Seen(Version version, long since) {}

  /** What is known of the work on a certificate. */
  public enum State {
    /** An attempt goes on. */
    UNDER_WAY,
    /** An attempt waits until its issuer can be asked again. */
    SUSPENDED,
    /** There is none, or nobody goes on with it. */
    ENDED
  }

  public OngoingWork(RecordStore records, TimeSource time) {
    this.records = records;
    this.time = time;
  }

  /**
   * Reads the record of a certificate.
   *
   * @param abandoned for how long its next step must have been due, and this process seen the
   *     record untouched, to be sure that nobody goes on with it
   */
  public State of(String certificateId, Duration abandoned) throws IOException {
    Instant now = time.instant();
    Optional<RecordStore.Stored> stored = records.read(RecordStore.key(certificateId), now);
    if (stored.isEmpty()) {
      return State.ENDED;
    }
    Job job = stored.get().record().job();
    if (!job.isUnderWay()) {
      return job.asides().isEmpty() ? State.ENDED : State.SUSPENDED;
    }
    Duration untouched = untouched(certificateId, stored.get().version());
    boolean overdue = job.due().isBefore(now.minus(abandoned));
    return overdue && untouched.compareTo(abandoned) >= 0 ? State.ENDED : State.UNDER_WAY;
  }

  private synchronized Duration untouched(String certificateId, Version version) {
    Seen before = seen.get(certificateId);
    if (before == null || !before.version().equals(version)) {
      seen.remove(certificateId);
      seen.put(certificateId, new Seen(version, time.nanos()));
      return Duration.ZERO;
    }
    return Duration.ofNanos(time.nanos() - before.since());
  }
}

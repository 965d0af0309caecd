package io.autotls.internal.maintenance;

import io.autotls.internal.cluster.UnchangedEntries;
import io.autotls.internal.cluster.UnreadableEntries;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.RecordStore;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Key;
import io.autotls.spi.Listing;
import io.autotls.spi.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes once a day what nobody will ever need: records of certificates that nobody wants any
 * more.
 *
 * <p>Other nodes may want what this one does not, and nobody can ask them. But whoever wants a
 * certificate keeps its job moving: a record is deleted only if its certificate ended long ago and
 * its job has been overdue for just as long, and only at the very version that was looked at. All
 * that is by the wall clock, which may be wrong: so this process must also have seen that very
 * version {@linkplain UnchangedEntries for long}.
 */
public final class Cleanup implements Task {
  private static final Logger log = LoggerFactory.getLogger(Cleanup.class);

  /** The first run only notes what is there, as a rule. */
  private static final Duration FIRST = Duration.ofMinutes(10);

  private static final Duration ONCE = Duration.ofDays(1);
  private static final Duration BETWEEN_LOTS = Duration.ofSeconds(1);
  private static final Duration LONG_AGO = Duration.ofDays(30);
  private static final int LOT = 50;

  private final RecordStore records;
  private final TimeSource time;
  private final Duration grace;
  private final Predicate<Key> isWanted;
  private final Deque<Key> toLookAt = new ArrayDeque<>(); // one run at a time
  private final UnreadableEntries unreadable = new UnreadableEntries();
  private final UnchangedEntries unchanged;

  /**
   * Creates it.
   *
   * @param grace how much longer than {@link #LONG_AGO} a record is kept
   * @param isWanted whether this node wants the record with that key
   */
  public Cleanup(RecordStore records, TimeSource time, Duration grace, Predicate<Key> isWanted) {
    this.records = records;
    this.time = time;
    this.grace = grace;
    this.isWanted = isWanted;
    this.unchanged = new UnchangedEntries(time);
  }

  public Schedule first() {
    return in(FIRST);
  }

  @Override
  public Schedule run() {
    try {
      if (toLookAt.isEmpty()) {
        unreadable.begin();
        unchanged.begin();
        list();
      }
      for (int i = 0; i < LOT && !toLookAt.isEmpty(); i++) {
        lookAt(toLookAt.poll());
      }
    } catch (IOException | RuntimeException e) {
      log.debug("the daily cleaning failed", e); // optional work: the next day is soon enough
      toLookAt.clear();
    }
    return in(toLookAt.isEmpty() ? ONCE : BETWEEN_LOTS);
  }

  private Schedule in(Duration delay) {
    return Schedule.of(time.instant().plus(delay), Priority.CLEANING);
  }

  private void list() throws IOException {
    List<Key> strange = new ArrayList<>();
    try (Listing entries = records.list()) {
      while (entries.next()) {
        Key key = entries.entry().key();
        if (!isWanted.test(key)) {
          strange.add(key);
        }
      }
    }
    toLookAt.addAll(strange);
  }

  private void lookAt(Key key) throws IOException {
    try {
      Optional<RecordStore.Stored> stored = records.read(key, time.instant());
      if (stored.isPresent() && stored.get().damage() != null) {
        unreadable.name(key, stored.get().damage());
      } else if (stored.isPresent()
          && unchanged.isUnchangedFor(LONG_AGO, key, stored.get().version())
          && isForgotten(stored.get().record())) {
        records.delete(key, stored.get().version());
        log.info("Deleted {}: its certificate ended long ago, and nobody renews it", key);
      }
    } catch (ConflictException e) {
      log.debug("{} is in use again", key);
    } catch (IOException | RuntimeException e) {
      unreadable.failed(key, e);
    }
  }

  private boolean isForgotten(CertificateRecord record) {
    Instant longAgo = time.instant().minus(LONG_AGO).minus(grace);
    boolean ended =
        record.generation().map(g -> g.credential().notAfter().isBefore(longAgo)).orElse(true);
    return ended && record.job().due().isBefore(longAgo);
  }
}

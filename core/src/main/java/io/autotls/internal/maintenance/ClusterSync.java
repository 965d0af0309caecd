package io.autotls.internal.maintenance;

import io.autotls.internal.cluster.StorageWatch;
import io.autotls.internal.issuance.CertificateRegistry;
import io.autotls.internal.issuance.CertificateRepository;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.record.RetryPolicy;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Listing;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns what other nodes have written. The storage tells where it can; a list with versions finds
 * what it did not tell. Where there are no versions, records are read in turn, a few at a time.
 *
 * <p>What the storage tells is a hint. After any doubt the records are listed at once, and as often
 * as the {@link StorageWatch} says; a record without a valid certificate is read each minute
 * whatever it says, because nobody should see a placeholder for a message that got lost.
 *
 * <p>Reads one lot per run, so that many changes at once hold up nothing else.
 */
public final class ClusterSync implements Task, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterSync.class);

  private static final Duration BETWEEN_LOTS = Duration.ofMillis(500);
  private static final int LOT = 50;

  /** However often the storage says that something may be lost. */
  private static final Duration BETWEEN_DOUBTS = Duration.ofSeconds(5);

  /** Between two looks at a record that has no valid certificate. */
  private static final Duration LOOK_AT_BARE = Duration.ofMinutes(1);

  private final RecordStore records;
  private final TimeSource time;
  private final TaskQueue queue;
  private final CertificateRepository repository;
  private final CertificateRegistry registry;
  private final Consumer<ManagedCertificate> changed;
  private final StorageWatch watch;
  private final CommonFailures failures;
  private final RetryPolicy retries;
  private final Deque<ManagedCertificate> told =
      new ArrayDeque<>(); // guarded by this, like all below
  private final Set<ManagedCertificate> inTold = new HashSet<>();
  private final Deque<ManagedCertificate> toCheck = new ArrayDeque<>();
  private final Set<ManagedCertificate> suspects =
      new HashSet<>(); // the storage should have told of these
  private Duration look = StorageWatch.UNSURE; // from one list to the next
  private long listedAt; // by the monotonic clock
  private Duration lookAtBare = LOOK_AT_BARE;
  private long lookedAtBareAt; // by the monotonic clock

  /**
   * Creates it; {@link #start} begins.
   *
   * @param changed called for what turned out to be news
   * @param failures hears that the storage cannot be read: for a follower nobody else notices
   */
  public ClusterSync(
      RecordStore records,
      TimeSource time,
      TaskQueue queue,
      CertificateRepository repository,
      CertificateRegistry registry,
      Consumer<ManagedCertificate> changed,
      CommonFailures failures,
      RetryPolicy retries) {
    this.records = records;
    this.time = time;
    this.queue = queue;
    this.repository = repository;
    this.registry = registry;
    this.changed = changed;
    this.watch =
        new StorageWatch(records::watch, this::changed, this::lost, time, ClusterSync::cannotWatch);
    this.failures = failures;
    this.retries = retries;
    this.listedAt = time.nanos();
    this.lookedAtBareAt = time.nanos();
  }

  public void start() {
    watch.open();
    synchronized (this) {
      look = watch.look();
    }
    queue.put(this, next());
  }

  private static void cannotWatch(Throwable e) {
    log.warn(
        "The storage cannot be watched: {}. Next: changes by other nodes are noticed within {} s,"
            + " and the watch is tried again as often. To do: nothing.",
        e.getMessage(),
        StorageWatch.UNSURE.toSeconds());
  }

  /** A certificate is wanted from now on, and has none that is valid perhaps. */
  public void mayBeBare() {
    synchronized (this) {
      Duration since = Duration.ofNanos(time.nanos() - lookedAtBareAt);
      Duration from = since.plus(LOOK_AT_BARE);
      lookAtBare = shorter(lookAtBare, from);
    }
    queue.put(this, next());
  }

  /** On the thread of the storage: only notes it. */
  private void changed(EntryInfo entry) {
    ManagedCertificate one = registry.find(entry.key()).orElse(null);
    if (one == null || one.isWorking() || entry.isAt(one.version())) {
      return;
    }
    synchronized (this) {
      suspects.remove(one);
      if (inTold.add(one)) {
        told.add(one);
      }
    }
    queue.put(this, Schedule.of(time.instant(), Priority.URGENT));
  }

  /** On the thread of the storage: only notes it. */
  private void lost() {
    synchronized (this) {
      look = BETWEEN_DOUBTS;
    }
    queue.put(this, next());
  }

  @Override
  public Schedule run() {
    for (int i = 0; i < LOT; i++) {
      ManagedCertificate one = poll();
      if (one == null) {
        break;
      }
      read(one);
    }
    if (isTimeToList()) {
      list();
    }
    if (isTimeToLookAtBare()) {
      lookAtBare();
    }
    return next();
  }

  private synchronized @Nullable ManagedCertificate poll() {
    ManagedCertificate one = told.poll();
    if (one != null) {
      inTold.remove(one);
      return one;
    }
    return toCheck.poll();
  }

  private void read(ManagedCertificate one) {
    if (one.isWorking() || one.isRetired()) {
      forgiven(one);
      return; // what it writes itself is the news, or will meet a conflict
    }
    try {
      if (repository.refresh(one)) {
        wasNews(one);
        changed.accept(one);
      } else {
        forgiven(one);
      }
    } catch (IOException | RuntimeException e) {
      Duration again = retries.look();
      failures.cannotRead(e, again);
      forgiven(one);
      lookAgainIn(again);
    }
  }

  private synchronized void wasNews(ManagedCertificate one) {
    if (suspects.remove(one)) {
      watch.missedSomething();
      look = shorter(look, StorageWatch.UNSURE);
    }
  }

  private synchronized void forgiven(ManagedCertificate one) {
    suspects.remove(one);
  }

  /** What was told is told once, so it is to be found by a list. */
  private synchronized void lookAgainIn(Duration again) {
    Duration from = Duration.ofNanos(time.nanos() - listedAt).plus(again);
    look = shorter(look, from);
  }

  private synchronized boolean isTimeToList() {
    return told.isEmpty() && toCheck.isEmpty() && isOver(listedAt, look);
  }

  private boolean isOver(long since, Duration wait) {
    return time.nanos() - since >= wait.toNanos();
  }

  private void list() {
    synchronized (this) {
      listedAt = time.nanos();
      look = StorageWatch.RELIED_ON; // until it is known; a doubt from now on shortens it
    }
    watch.open();
    Deque<ManagedCertificate> found = new ArrayDeque<>();
    Duration next;
    try (Listing entries = records.list()) {
      while (entries.next()) {
        ManagedCertificate one = registry.find(entries.entry().key()).orElse(null);
        if (one != null && !entries.entry().isAt(one.version())) {
          found.add(one);
        }
      }
      next = watch.look();
      failures.canRead();
    } catch (IOException | RuntimeException e) {
      next = retries.look();
      failures.cannotRead(e, next);
    }
    synchronized (this) {
      toCheck.addAll(found);
      found.stream().filter(one -> !inTold.contains(one)).forEach(suspects::add);
      look = shorter(look, next);
    }
  }

  private synchronized boolean isTimeToLookAtBare() {
    return told.isEmpty() && toCheck.isEmpty() && isOver(lookedAtBareAt, lookAtBare);
  }

  /** Has those read that serve no valid certificate, and notes when the next one may be such. */
  private void lookAtBare() {
    Instant now = time.instant();
    List<ManagedCertificate> bare = new ArrayList<>();
    Duration next = StorageWatch.RELIED_ON;
    for (ManagedCertificate one : registry.all()) {
      if (one.isRetired()) {
        continue;
      }
      Instant end = one.credential().map(Credential::notAfter).orElse(Instant.MIN);
      if (!end.isAfter(now)) {
        bare.add(one);
      } else if (end.isBefore(now.plus(next))) {
        next = Duration.between(now, end);
      }
    }
    synchronized (this) {
      toCheck.addAll(bare);
      lookedAtBareAt = time.nanos();
      lookAtBare = bare.isEmpty() ? next : LOOK_AT_BARE;
    }
  }

  private synchronized Schedule next() {
    if (!told.isEmpty()) {
      return Schedule.of(time.instant(), Priority.URGENT);
    }
    if (!toCheck.isEmpty()) {
      return Schedule.of(time.instant().plus(BETWEEN_LOTS), Priority.ROUTINE);
    }
    Duration left = shorter(left(listedAt, look), left(lookedAtBareAt, lookAtBare));
    return Schedule.of(time.instant().plus(left), Priority.ROUTINE);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private Duration left(long since, Duration wait) {
    Duration left = wait.minusNanos(time.nanos() - since);
    return left.isNegative() ? Duration.ZERO : left;
  }

  @Override
  public void close() {
    watch.close();
  }
}

package io.autotls.internal.engine;

import io.autotls.spi.Key;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns what other nodes have written. The storage tells where it can; a list with versions finds
 * what it did not tell. Where there are no versions, records are read in turn, a few at a time.
 *
 * <p>Reads one lot per run, so that many changes at once hold up nothing else.
 */
final class News implements Agenda.Task, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(News.class);

  private static final Duration LOOK_WITHOUT_WATCH = Duration.ofSeconds(60);

  /**
   * What a store forgot to tell is found by this, or when the record is due: all nodes plan the
   * same renewal, and read before they act.
   */
  private static final Duration LOOK_WITH_WATCH = Duration.ofHours(1);

  private static final Duration BETWEEN_LOTS = Duration.ofMillis(500);
  private static final int LOT = 50;

  private final Records records;
  private final TimeSource time;
  private final Agenda agenda;
  private final Keeper keeper;
  private final Function<String, @Nullable Managed> wanted;
  private final Consumer<Managed> changed;
  private final Deque<Managed> told = new ArrayDeque<>(); // guarded by this, like all below
  private final Set<Managed> inTold = new HashSet<>();
  private final Deque<Managed> toCheck = new ArrayDeque<>();
  private @Nullable Watch watch; // null for stores that do not tell
  private Duration look = LOOK_WITHOUT_WATCH;
  private long listedAt; // by the monotonic clock

  /**
   * Creates it; {@link #start} begins.
   *
   * @param wanted finds what this node wants by the key of its record
   * @param changed called for what turned out to be news
   */
  News(
      Records records,
      TimeSource time,
      Agenda agenda,
      Keeper keeper,
      Function<String, @Nullable Managed> wanted,
      Consumer<Managed> changed) {
    this.records = records;
    this.time = time;
    this.agenda = agenda;
    this.keeper = keeper;
    this.wanted = wanted;
    this.changed = changed;
    this.listedAt = time.nanos();
  }

  void start() {
    try {
      Watch begun = records.watch(this::onStored).orElse(null);
      synchronized (this) {
        watch = begun;
        look = begun == null ? LOOK_WITHOUT_WATCH : LOOK_WITH_WATCH;
      }
    } catch (IOException | RuntimeException e) {
      log.warn(
          "The storage cannot be watched: {}. Next: changes by other nodes are noticed within {}. To"
              + " do: nothing.",
          e.getMessage(),
          LOOK_WITHOUT_WATCH);
    }
    agenda.put(this, next());
  }

  /** On the thread of the storage: only notes it. */
  private void onStored(Key key) {
    Managed one = wanted.apply(key.name());
    if (one == null || one.isWorking() || isKnown(key, one)) {
      return;
    }
    synchronized (this) {
      if (inTold.add(one)) {
        told.add(one);
      }
    }
    agenda.put(this, Appointment.of(time.instant(), Lane.URGENT));
  }

  private static boolean isKnown(Key key, Managed one) {
    return key.version().isPresent() && key.version().equals(Optional.ofNullable(one.version()));
  }

  @Override
  public Appointment run() {
    for (int i = 0; i < LOT; i++) {
      Managed one = poll();
      if (one == null) {
        break;
      }
      read(one);
    }
    if (isTimeToList()) {
      list();
    }
    return next();
  }

  private synchronized @Nullable Managed poll() {
    Managed one = told.poll();
    if (one != null) {
      inTold.remove(one);
      return one;
    }
    return toCheck.poll();
  }

  private void read(Managed one) {
    if (one.isWorking() || one.isRetired()) {
      return; // what it writes itself is the news, or will meet a conflict
    }
    try {
      if (keeper.refresh(one)) {
        changed.accept(one);
      }
    } catch (IOException | RuntimeException e) {
      log.debug("cannot look for news of {}", one.spec(), e); // the worker reports it when due
    }
  }

  private synchronized boolean isTimeToList() {
    return told.isEmpty() && toCheck.isEmpty() && time.nanos() - listedAt >= look.toNanos();
  }

  private void list() {
    Deque<Managed> suspects = new ArrayDeque<>();
    try (Stream<Key> keys = records.list()) {
      keys.forEach(
          key -> {
            Managed one = wanted.apply(key.name());
            if (one != null && !isKnown(key, one)) {
              suspects.add(one);
            }
          });
    } catch (IOException | UncheckedIOException e) {
      log.debug("cannot list the records", e); // the next look is soon enough
    }
    synchronized (this) {
      toCheck.addAll(suspects);
      listedAt = time.nanos();
    }
  }

  private synchronized Appointment next() {
    if (!told.isEmpty()) {
      return Appointment.of(time.instant(), Lane.URGENT);
    }
    if (!toCheck.isEmpty()) {
      return Appointment.of(time.instant().plus(BETWEEN_LOTS), Lane.ROUTINE);
    }
    Duration left = look.minusNanos(time.nanos() - listedAt);
    return Appointment.of(
        time.instant().plus(left.isNegative() ? Duration.ZERO : left), Lane.ROUTINE);
  }

  @Override
  public synchronized void close() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }
}

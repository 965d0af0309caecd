package io.autotls.internal.cluster;

import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import io.autotls.spi.Entry;
import io.autotls.spi.EntryInfo;
import io.autotls.spi.Key;
import io.autotls.spi.Listing;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the nodes tell each other which issuers are unwell: one entry each, {@code issuers/<issuer
 * id>}, there only while something is wrong. What it says is for {@link CircuitBreakers} to judge.
 *
 * <p>The last news wins. Whoever finds an issuer unwell writes that, unless what is there says as
 * much; whoever gets an answer from it removes what is there, whosever it was. All of it may be
 * lost, late or wrong: an entry is believed for no longer than it says, by the clock of the node
 * that reads it, and a node that hears nothing finds out by itself.
 *
 * <p>This is optional work. It is done by one task in the priority of cleaning, never in a step,
 * and while nothing is wrong it is one empty list now and then.
 */
public final class OutageExchange implements Task, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OutageExchange.class);

  /** Between two looks while another node's word counts. */
  private static final Duration LOOK = StorageWatch.UNSURE;

  /** However often the storage says that something may be lost. */
  private static final Duration BETWEEN_DOUBTS = Duration.ofSeconds(5);

  private static final Duration TRY_AGAIN = Duration.ofSeconds(30);
  private static final int TRIES = 5;

  /** Nobody was there to remove it. */
  private static final Duration LEFT_BEHIND = Duration.ofDays(1);

  private final Storage storage;
  private final TimeSource time;
  private final CircuitBreakers breakers;
  private final TaskQueue queue;
  private final String node;
  private final Writing writing;
  private final Consumer<Duration> read;
  private final Consumer<String> gateMoved;
  private final Map<String, Page> pages = new LinkedHashMap<>(); // by issuer
  private final StorageWatch watch;
  private boolean doubtful; // guarded by this; whether the storage said that something was lost
  private long lookedAt; // guarded by this; by the monotonic clock
  private boolean started; // guarded by this

  /** Whether this node has a say. */
  public enum Writing {
    ALLOWED,
    /** A follower asks nobody and writes nothing. */
    FORBIDDEN
  }

  /** What is known of the entry of one issuer. All of it guarded by the board. */
  private static final class Page {
    private final String issuer;
    private Version version = Version.NONE; // when it was last read or written
    private @Nullable OutageReport there; // null if there is none, or none that makes sense
    private boolean toBeRead;
    private boolean toBeTold;
    private @Nullable Outage told; // what this node wrote last; null if nothing, or taken back
    private int failures; // since there was something new to do for it

    private Page(String issuer) {
      this.issuer = issuer;
    }
  }

  /**
   * Creates it; {@link #start} begins.
   *
   * @param issuers their ids; one that cannot be part of a key is not shared
   * @param node how this node calls itself
   * @param read called, for each entry that another node wrote, with how far in our future that was
   * @param gateMoved called with an issuer that others may be asked instead of now, or again
   */
  public OutageExchange(
      Storage storage,
      TimeSource time,
      CircuitBreakers breakers,
      TaskQueue queue,
      List<String> issuers,
      String node,
      Writing writing,
      Consumer<Duration> read,
      Consumer<String> gateMoved) {
    this.storage = storage;
    this.time = time;
    this.breakers = breakers;
    this.queue = queue;
    this.node = node;
    this.writing = writing;
    this.read = read;
    this.gateMoved = gateMoved;
    this.watch =
        new StorageWatch(
            listener -> storage.watch(OutageReport.PREFIX, listener),
            this::onStored,
            this::onLost,
            time,
            e -> log.debug("cannot watch {}", OutageReport.PREFIX, e)); // then it is looked at
    issuers.forEach(id -> pages.put(id, new Page(id)));
  }

  /** How much of the start this may take. */
  public enum Start {
    /** What others found counts for the first step already. */
    READS_FIRST,
    /** There is no time left: the storage is read when there is. */
    READS_LATER
  }

  /** Begins. Nothing that the storage does here harms anybody. */
  public void start(Start start) {
    watch.open();
    synchronized (this) {
      lookedAt = time.nanos() - StorageWatch.RELIED_ON.toNanos();
    }
    Schedule first = start == Start.READS_FIRST ? firstRun() : in(Duration.ZERO);
    synchronized (this) {
      started = true;
    }
    queue.put(this, first);
  }

  private Schedule firstRun() {
    try {
      return run();
    } catch (Throwable e) { // also an Error: the next run reports it, and the start goes on
      log.debug("the first look at {} failed", OutageReport.PREFIX, e);
      return in(Duration.ZERO);
    }
  }

  /** Called on the thread of the storage: only notes what it hears. */
  private void onLost() {
    synchronized (this) {
      doubtful = true;
      if (!started) {
        return; // it looks at its start
      }
    }
    queue.put(this, next());
  }

  /** Likewise. */
  private void onStored(EntryInfo entry) {
    Page page = pages.get(entry.key().lastSegment());
    synchronized (this) {
      if (page == null || entry.isAt(page.version)) {
        return;
      }
      page.toBeRead = true;
      page.failures = 0;
      if (!started) {
        return; // or the task would run twice at once
      }
    }
    queue.put(this, in(Duration.ZERO));
  }

  /** This node found an issuer unwell, or well again: the others hear of it soon. */
  public void changed(String issuer) {
    Page page = pages.get(issuer);
    if (page == null || writing == Writing.FORBIDDEN) {
      return;
    }
    Optional<Outage> found = breakers.found(issuer);
    boolean answered = breakers.isBeyondDoubt(issuer);
    synchronized (this) {
      boolean news =
          found.isPresent()
              ? !found.get().equals(page.told)
              : answered && (page.there != null || page.told != null);
      if (!news) {
        return;
      }
      page.toBeTold = true;
      page.failures = 0;
    }
    queue.put(this, in(Duration.ZERO));
  }

  @Override
  public Schedule run() {
    if (isTimeToLook()) {
      look();
    }
    for (Page page : pages.values()) {
      boolean isToBeTold = isToBeTold(page);
      try {
        if (isToBeRead(page)) {
          read(page);
        }
        if (isToBeTold) {
          tell(page);
        }
      } catch (IOException | RuntimeException e) {
        log.debug("{}: its outage cannot be shared now", page.issuer, e); // perhaps a lost race
        failed(page, isToBeTold);
      }
    }
    return next();
  }

  private synchronized boolean isTimeToLook() {
    return time.nanos() - lookedAt >= interval().toNanos();
  }

  /** While another node's word counts here, it must not be missed that it was taken back. */
  private Duration interval() {
    boolean counts = pages.values().stream().anyMatch(page -> page.there != null);
    return doubtful ? BETWEEN_DOUBTS : counts ? LOOK : watch.look();
  }

  private void look() {
    synchronized (this) {
      lookedAt = time.nanos();
      doubtful = false;
    }
    watch.open();
    Map<String, EntryInfo> present = new HashMap<>();
    try (Listing entries = storage.list(OutageReport.PREFIX)) {
      while (entries.next()) {
        String issuer = entries.entry().key().lastSegment();
        if (pages.containsKey(issuer)) {
          present.put(issuer, entries.entry());
        }
      }
    } catch (IOException | RuntimeException e) {
      log.debug("cannot list {}", OutageReport.PREFIX, e); // the next look is soon enough
      return;
    }
    pages.values().forEach(page -> compare(page, present.get(page.issuer)));
  }

  private synchronized void compare(Page page, @Nullable EntryInfo entry) {
    boolean known = entry == null ? page.version.equals(Version.NONE) : entry.isAt(page.version);
    page.toBeRead |= !known;
    page.toBeTold |= writing == Writing.ALLOWED && isLeftBehind(page.there);
    page.failures = 0;
  }

  private boolean isLeftBehind(@Nullable OutageReport there) {
    return there != null && there.outage().until().isBefore(time.instant().minus(LEFT_BEHIND));
  }

  private synchronized boolean isToBeRead(Page page) {
    return page.toBeRead && page.failures < TRIES;
  }

  private synchronized boolean isToBeTold(Page page) {
    return page.toBeTold && page.failures < TRIES;
  }

  private void read(Page page) throws IOException {
    synchronized (this) {
      page.toBeRead = false; // what changes from now on is to be read again
    }
    Optional<Entry> entry = storage.read(OutageReport.key(page.issuer));
    OutageReport report =
        entry.flatMap(one -> OutageReport.decode(one.value(), page.issuer)).orElse(null);
    if (!saw(page, entry.map(Entry::version).orElse(Version.NONE), report)) {
      return;
    }
    if (report != null && !report.node().equals(node)) {
      read.accept(Duration.between(time.instant(), report.outage().found()));
    }
    boolean moved =
        report == null || report.node().equals(node)
            ? breakers.withdrawn(page.issuer)
            : breakers.heard(page.issuer, report.outage());
    if (moved) {
      gateMoved.accept(page.issuer);
    }
  }

  /** Returns whether that is another version: the time of one is counted from when it was seen. */
  private synchronized boolean saw(Page page, Version version, @Nullable OutageReport report) {
    boolean news = !version.equals(page.version);
    page.version = version;
    page.there = report;
    return news;
  }

  /** Brings the entry in line with what this node knows by now. */
  private void tell(Page page) throws IOException {
    Version expected;
    OutageReport there;
    synchronized (this) {
      page.toBeTold = false; // what is found from now on is to be told again
      expected = page.version;
      there = page.there;
    }
    Key key = OutageReport.key(page.issuer);
    Outage found = breakers.found(page.issuer).orElse(null);
    if (found != null && (there == null || !there.outage().covers(found))) {
      OutageReport report = new OutageReport(page.issuer, node, found);
      saw(page, storage.write(key, report.encode(), expected), report);
    } else if (found == null && there != null && isToBeRemoved(there)) {
      storage.delete(key, expected);
      saw(page, Version.NONE, null);
    }
    told(page, found);
  }

  private boolean isToBeRemoved(OutageReport there) {
    return breakers.isBeyondDoubt(there.issuer()) || isLeftBehind(there);
  }

  private synchronized void told(Page page, @Nullable Outage found) {
    page.told = found;
    page.failures = 0;
  }

  /** It may have arrived nevertheless, or another node was faster: the entry says what is so. */
  private synchronized void failed(Page page, boolean wasToBeTold) {
    page.toBeRead = true;
    page.toBeTold |= wasToBeTold;
    page.failures++;
  }

  private synchronized Schedule next() {
    Duration left = interval().minusNanos(time.nanos() - lookedAt);
    for (Page page : pages.values()) {
      if ((page.toBeRead || page.toBeTold) && page.failures < TRIES) {
        Duration wait = page.failures == 0 ? Duration.ZERO : TRY_AGAIN;
        left = wait.compareTo(left) < 0 ? wait : left;
      }
    }
    return in(left);
  }

  private Schedule in(Duration delay) {
    Duration least = delay.isNegative() ? Duration.ZERO : delay;
    return Schedule.of(time.instant().plus(least), Priority.CLEANING);
  }

  @Override
  public void close() {
    watch.close();
  }
}

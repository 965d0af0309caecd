package io.autotls.internal.cluster;

import io.autotls.internal.text.Document;
import io.autotls.spi.Cancellable;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Key;
import io.autotls.spi.KeyPrefix;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to work on something, built on the compare-and-set of the storage alone.
 *
 * <p>A lease is an entry that names its owner and is rewritten while the owner lives. Another node
 * may take it over only after it has seen the <em>same version</em> for a whole time-to-live on its
 * own monotonic clock: no two clocks are ever compared. A lease only saves work. What keeps a node
 * that lost one without noticing from doing harm is that every write of a record names the version
 * that was read.
 */
public final class Leases {
  private static final Logger log = LoggerFactory.getLogger(Leases.class);
  private static final String TITLE = "AutoTls lease";
  private static final KeyPrefix LEASES = KeyPrefix.of("leases/");

  private final Storage storage;
  private final TimeSource time;
  private final Executor executor;
  private final SecureRandom random;
  private final String node;
  private final Duration timeToLive;
  private final Map<Key, Seen> unchanged = new ConcurrentHashMap<>();

  /** When a lease of somebody else was first seen at this version. */
  private record Seen(Version version, long nanos) {}

  public Leases(
      Storage storage,
      TimeSource time,
      Executor executor,
      SecureRandom random,
      String node,
      Duration timeToLive) {
    this.storage = storage;
    this.time = time;
    this.executor = executor;
    this.random = random;
    this.node = node;
    this.timeToLive = timeToLive;
  }

  /**
   * Takes the lease of that entry if it is free, or has not moved for a time-to-live.
   *
   * @return empty if another owner holds it
   */
  public Optional<Lease> acquire(Key what) throws IOException {
    Key key = LEASES.key(what);
    Optional<Entry> entry = storage.read(key);
    if (entry.isPresent() && !isAbandoned(key, entry.get().version())) {
      return Optional.empty();
    }
    try {
      Lease lease = new Lease(key, entry.map(Entry::version).orElse(Version.NONE));
      unchanged.remove(key);
      return Optional.of(lease);
    } catch (ConflictException e) {
      return Optional.empty(); // somebody was faster
    }
  }

  /** Who holds a lease, for people. */
  public Optional<String> holder(Key what) throws IOException {
    return storage
        .read(LEASES.key(what))
        .map(entry -> Document.parse(entry.value()).header("Node").orElse("unknown"))
        .map(holder -> holder.equals(node) ? "this node" : "node " + holder);
  }

  /** How long to wait before {@link #acquire} may succeed. */
  public Duration retryIn(Key what) {
    Seen seen = unchanged.get(LEASES.key(what));
    if (seen == null) {
      return timeToLive.dividedBy(10);
    }
    Duration left = timeToLive.minusNanos(time.nanos() - seen.nanos());
    Duration least = timeToLive.dividedBy(10);
    // It is released as a rule long before that, so look a few times meanwhile.
    Duration most = timeToLive.dividedBy(4);
    return left.compareTo(least) < 0 ? least : left.compareTo(most) > 0 ? most : left;
  }

  private boolean isAbandoned(Key key, Version version) {
    long now = time.nanos();
    Seen seen =
        unchanged.compute(
            key,
            (k, before) ->
                before != null && before.version().equals(version)
                    ? before
                    : new Seen(version, now));
    return now - seen.nanos() >= timeToLive.toNanos();
  }

  /** A lease that was taken. It is kept alive until it is released. */
  public final class Lease {
    private final Key key;
    private final String owner;
    private Version version; // guarded by this
    private long aliveAt; // guarded by this; when it was last written, by our own clock
    private int sequence; // guarded by this
    private boolean over; // guarded by this; released or lost
    private @Nullable Cancellable heartbeat; // guarded by this; null once over

    private Lease(Key key, Version expected) throws IOException {
      this.key = key;
      byte[] bytes = new byte[16];
      random.nextBytes(bytes);
      this.owner = HexFormat.of().formatHex(bytes);
      this.aliveAt = time.nanos(); // before the write: others count from when they see it, later
      this.version = storage.write(key, value(), expected);
      scheduleHeartbeat();
    }

    /** Whether nobody else can have taken it: ask before each remote step. */
    public synchronized boolean isHeld() {
      return !over && time.nanos() - aliveAt < timeToLive.multipliedBy(2).dividedBy(3).toNanos();
    }

    /** Gives it back, if it is still ours. Never throws: it also runs out by itself. */
    public void release() {
      Version last;
      synchronized (this) {
        if (heartbeat != null) {
          heartbeat.cancel();
          heartbeat = null;
        }
        if (over) {
          return;
        }
        over = true;
        last = version;
      }
      try {
        storage.delete(key, last);
      } catch (ConflictException e) {
        log.debug("{} was taken over by another node", key);
      } catch (IOException | RuntimeException e) {
        log.warn(
            "Cannot release {}: {}. Next: it runs out in {}. To do: look after the storage.",
            key,
            e.getMessage(),
            timeToLive);
      }
    }

    private synchronized void renew() {
      if (over) {
        return;
      }
      long now = time.nanos();
      sequence++;
      try {
        version = storage.write(key, value(), version);
        aliveAt = now;
        scheduleHeartbeat();
      } catch (ConflictException e) {
        over = true; // lost; the worker notices before its next remote step
      } catch (IOException | RuntimeException e) {
        scheduleHeartbeat(); // isHeld() turns false by itself if this goes on
      }
    }

    private void scheduleHeartbeat() {
      heartbeat = time.schedule(timeToLive.dividedBy(3), () -> executor.execute(this::renew));
    }

    private byte[] value() {
      return new Document.Writer(TITLE)
          .header("Owner", owner)
          .header("Node", node)
          .header("Sequence", sequence)
          .toBytes();
    }
  }
}

package io.autotls.internal.limits;

import io.autotls.internal.text.DamagedEntries;
import io.autotls.spi.ConflictException;
import io.autotls.spi.Entry;
import io.autotls.spi.Issuance;
import io.autotls.spi.Key;
import io.autotls.spi.OrderLimits.Rule;
import io.autotls.spi.Storage;
import io.autotls.spi.TimeSource;
import io.autotls.spi.Version;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger of one account: one entry that all nodes write by compare-and-set.
 *
 * <p><b>Whose clock?</b> The buckets leak with time, so a clock that jumps a day ahead would empty
 * them, and one that jumps back would keep them full for a day. Therefore the wall clock is only
 * believed where there is nothing better:
 *
 * <ul>
 *   <li>This node saw this version of the entry before: since then as much time has passed as its
 *       monotonic clock says, whatever the wall clock did.
 *   <li>It saw an earlier version: somebody wrote since, so no more time than that can have passed
 *       since the writing.
 *   <li>It never saw the entry, because it has just started: the two wall clocks decide, its own
 *       and the writer's, and never to less than no time.
 * </ul>
 *
 * <p>So while a node runs, no jump opens the gates; a jump ahead together with a restart gives at
 * most one bucket too many, once. And no jump locks anybody out, since time goes on by the
 * monotonic clock, and an entry from the future is written again with the present date. A computer
 * that slept does not count its sleep, which errs on the safe side.
 */
final class AccountLedger {
  private static final Logger log = LoggerFactory.getLogger(AccountLedger.class);

  /**
   * A conflict means that another node got through. But it may get through again and again: who
   * wrote last need not read, and so is faster. Therefore this is long enough for a crowd to have
   * passed, and never fewer than {@link #LEAST_ATTEMPTS}.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int LEAST_ATTEMPTS = 32;

  /** Where nothing takes any time, patience has no end. */
  private static final int MOST_ATTEMPTS = 10_000;

  /** Clocks of a cluster differ by less; an entry that is further ahead is from the future. */
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Storage storage;
  private final TimeSource time;
  private final Key key;
  private final Consumer<Duration> read;
  private final Map<Queue, WaitingLine> lines = new HashMap<>();
  private @Nullable Sight sight; // null until this node saw the entry

  /**
   * The entry as this node saw it last, and what it knows of its age.
   *
   * @param levels as they are stored; never poured into
   */
  private record Sight(Version version, Levels levels, long ageMillis, long seenAtMillis) {
    boolean isOf(Version other) {
      return version.equals(other);
    }
  }

  /** Renewals do not stand in line behind first certificates, which may not have all the room. */
  private record Queue(Bucket bucket, Issuance.Reason reason) {}

  /** The entry as it is now; {@code expected} is what to overwrite. */
  private record Present(Levels levels, Version expected, boolean rewrite) {}

  /** A bucket without room, and for how many milliseconds. */
  record Refusal(Bucket bucket, long waitMillis) {}

  AccountLedger(Storage storage, TimeSource time, Key key, Consumer<Duration> read) {
    this.storage = storage;
    this.time = time;
    this.key = key;
    this.read = read;
  }

  /** Pours an order into all buckets and writes that down, or says which of them has no room. */
  synchronized Optional<Refusal> admit(
      List<Rule> rules, List<Bucket> buckets, List<String> names, Issuance.Reason reason)
      throws IOException {
    long begin = monotonicMillis();
    for (int attempt = 0; isWorthAnother(attempt, begin); attempt++) {
      long monotonic = monotonicMillis();
      Present present = present(rules, monotonic);
      Refusal refusal = fullest(present.levels(), buckets, reason);
      if (refusal == null) {
        buckets.stream().filter(Bucket::countsOrders).forEach(present.levels()::pour);
      }
      boolean write =
          present.rewrite() || refusal == null && buckets.stream().anyMatch(Bucket::countsOrders);
      if (!write || write(present, rules, monotonic)) {
        return Optional.ofNullable(inLine(refusal, reason, Bucket.nameSet(names), monotonic));
      }
    }
    throw busy();
  }

  /** Pours into the buckets whether there is room or not: what happened happened. */
  synchronized void note(List<Rule> rules, List<Bucket> buckets) throws IOException {
    long begin = monotonicMillis();
    for (int attempt = 0; isWorthAnother(attempt, begin); attempt++) {
      long monotonic = monotonicMillis();
      Present present = present(rules, monotonic);
      buckets.forEach(present.levels()::pour);
      if (write(present, rules, monotonic)) {
        return;
      }
    }
    throw busy();
  }

  private boolean isWorthAnother(int attempts, long begin) {
    boolean patient = monotonicMillis() - begin < PATIENCE.toMillis();
    return attempts < LEAST_ATTEMPTS || (patient && attempts < MOST_ATTEMPTS);
  }

  private IOException busy() {
    return new IOException(
        "other nodes wrote the ledger " + key + " whenever this one was about to");
  }

  private static @Nullable Refusal fullest(
      Levels levels, List<Bucket> buckets, Issuance.Reason reason) {
    Refusal worst = null;
    for (Bucket bucket : buckets) {
      long wait = bucket.wait(levels.level(bucket), reason);
      if (wait > 0 && (worst == null || wait > worst.waitMillis())) {
        worst = new Refusal(bucket, wait);
      }
    }
    return worst;
  }

  private @Nullable Refusal inLine(
      @Nullable Refusal refusal, Issuance.Reason reason, String who, long monotonic) {
    lines.values().forEach(line -> line.forgetBefore(monotonic));
    if (refusal == null) {
      lines.values().forEach(line -> line.leave(who));
      lines.values().removeIf(WaitingLine::isEmpty);
      return null;
    }
    Bucket bucket = refusal.bucket();
    long turn =
        lines
            .computeIfAbsent(new Queue(bucket, reason), any -> new WaitingLine())
            .turn(
                who,
                monotonic + refusal.waitMillis(),
                bucket.interval(),
                Bucket.capacity(bucket.rule()));
    return new Refusal(bucket, turn - monotonic);
  }

  private Present present(List<Rule> rules, long monotonic) throws IOException {
    Instant now = time.instant().truncatedTo(ChronoUnit.MILLIS);
    Optional<Entry> entry = storage.read(key);
    if (entry.isEmpty()) {
      sight = null;
      return new Present(Levels.empty(now), Version.NONE, false);
    }
    Version version = entry.get().version();
    Levels stored = stored(entry.get(), now);
    if (stored == null) {
      return damaged(entry.get(), rules, now);
    }
    if (sight == null || !sight.isOf(version)) {
      read.accept(Duration.between(now, stored.written()));
    }
    long age = age(version, stored.written(), now, monotonic);
    sight = new Sight(version, stored, age, monotonic);
    boolean fromTheFuture = stored.written().isAfter(now.plus(CLOCKS_DIFFER));
    return new Present(stored.after(age, now, rules), version, fromTheFuture);
  }

  /** What the entry says; null if that makes no sense. Renewals read much and write little. */
  private @Nullable Levels stored(Entry entry, Instant now) throws IOException {
    if (sight != null && sight.isOf(entry.version())) {
      return sight.levels(); // equal versions mean equal entries
    }
    LevelsCodec.Decoded decoded = LevelsCodec.decode(entry.value(), now);
    if (!decoded.levels().unknown().mayBeWritten()) {
      throw new IOException(
          "the ledger "
              + key
              + " was written by a newer version of AutoTls, so this one orders nothing; update"
              + " AutoTls on this node");
    }
    return decoded.whole() ? decoded.levels() : null;
  }

  /** How long ago the entry was written: see the comment of the class. */
  private long age(Version version, Instant written, Instant now, long monotonic) {
    long byWallClocks = Math.max(0, Duration.between(written, now).toMillis());
    if (sight == null) {
      return byWallClocks;
    }
    long sinceSight = monotonic - sight.seenAtMillis();
    return sight.isOf(version)
        ? sight.ageMillis() + sinceSight
        : Math.min(byWallClocks, sinceSight);
  }

  private Present damaged(Entry entry, List<Rule> rules, Instant now) throws IOException {
    Key copy = DamagedEntries.keep(storage, key.name(), entry);
    log.warn(
        "The ledger {} in {} cannot be read. Next: a copy is kept as {}, and half of what the CA"
            + " allows is taken for used. To do: find out what wrote there; nothing else.",
        key,
        storage.location(),
        copy);
    Levels levels = Levels.empty(now);
    levels.assumeHalfUsed(rules);
    return new Present(levels, entry.version(), true);
  }

  private boolean write(Present present, List<Rule> rules, long monotonic) throws IOException {
    Levels levels = present.levels();
    levels.forgetLeastFull(rules);
    try {
      Version version = storage.write(key, LevelsCodec.encode(levels), present.expected());
      sight = new Sight(version, levels, 0, monotonic);
      return true;
    } catch (ConflictException e) {
      return false; // another node was faster: look at what it wrote
    }
  }

  private long monotonicMillis() {
    return Math.floorDiv(time.nanos(), NANOS_PER_MILLI);
  }
}

package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.AutoTlsEvent.NodeClockDiffers.Suspect;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.StoredTimes;
import io.autotls.internal.text.ClockDifference;
import io.autotls.spi.Issuer;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares the clock of this machine with those of the issuers, and with those of the nodes that
 * wrote what is stored. A wide difference is told to a person: once for all that show it, again
 * when it is another one, and when that of an issuer is gone.
 *
 * <p>What was heard holds until the wall clock is set: then nobody knows until the next answer. An
 * entry from the future says that one of two clocks is wrong; which one, the issuers may tell. Safe
 * for use by many threads.
 */
public final class ClockComparison {
  private static final Duration WIDE = StoredTimes.CLOCKS_DIFFER;

  /** Entries that were written long ago seem to differ each in another way. */
  private static final Duration PAUSE = Duration.ofHours(1);

  /** So long after the last entry from the future the nodes are taken to be sound. */
  private static final Duration REMEMBERED = Duration.ofDays(1);

  private static final String STAYS =
      "what is in service stays; times are told by this clock until it is set.";
  private static final String CUT_SHORT =
      "certificates are served and renewed all the same; no wait that was stored by a wrong clock is"
          + " kept for long.";

  private final TimeSource time;
  private final EventDispatcher events;
  private final Supplier<Optional<CertificateSpec>> first;
  private final Runnable changed;
  private final Map<String, Duration> ahead = new HashMap<>(); // guarded by this, like the next
  private final Map<String, Difference> told = new HashMap<>(); // by issuer
  private @Nullable Writer writer; // null unless a node's clock was told of, and may still differ

  /** How far the clock of an issuer is ahead of ours. */
  private record Difference(String name, Duration ahead) {
    boolean isLike(Duration other) {
      return ClockComparison.isLike(ahead, other);
    }
  }

  /**
   * How far the clock of another node is ahead of ours.
   *
   * @param toldAt by the monotonic clock
   * @param seenAt when something was last seen that it wrote, by the same
   */
  private record Writer(Duration ahead, long toldAt, long seenAt) {}

  /**
   * Creates it.
   *
   * @param first the certificate that was asked for first, if any is wanted: each event names one
   * @param changed called when what time it is for an issuer is news
   */
  public ClockComparison(
      TimeSource time,
      EventDispatcher events,
      Supplier<Optional<CertificateSpec>> first,
      Runnable changed) {
    this.time = time;
    this.events = events;
    this.first = first;
    this.changed = changed;
  }

  /**
   * An issuer said what time it is.
   *
   * @param ahead how far its clock is ahead of ours, negative if behind
   */
  public void heard(Issuer issuer, Duration ahead) {
    AutoTlsEvent event;
    boolean news;
    synchronized (this) {
      Duration before = this.ahead.put(issuer.id(), ahead);
      news = before == null || before.minus(ahead).abs().compareTo(WIDE) > 0;
      event = event(issuer, ahead);
    }
    if (event != null) {
      events.tell(event);
    }
    if (news) {
      changed.run();
    }
  }

  /** What is to be told; null if nothing is, or nobody is there to be told. */
  private @Nullable AutoTlsEvent event(Issuer issuer, Duration ahead) {
    boolean wide = isWide(ahead);
    Difference before = told.get(issuer.id());
    boolean known = isTold(ahead);
    if (wide ? known : before == null) {
      return null;
    }
    CertificateSpec spec = first.get().orElse(null); // that looks at all of them
    if (spec == null) {
      return null;
    }
    if (wide) {
      told.put(issuer.id(), new Difference(issuer.displayName(), ahead));
      return new AutoTlsEvent.ClockDiffers(
          time.instant(), spec, issuer.displayName(), ahead.negated());
    }
    told.remove(issuer.id());
    return new AutoTlsEvent.ClockAgrees(time.instant(), spec, issuer.displayName());
  }

  /**
   * An entry was read that another node wrote since the last look at it.
   *
   * @param ahead how far in our future it was written, at least; zero or negative if it was not
   */
  public void wroteAhead(Duration ahead) {
    if (ahead.compareTo(WIDE) <= 0) {
      return;
    }
    AutoTlsEvent event;
    synchronized (this) {
      event = event(ahead);
    }
    if (event != null) {
      events.tell(event);
    }
  }

  private @Nullable AutoTlsEvent event(Duration ahead) {
    long now = time.nanos();
    Writer before = present(now);
    if (before != null) {
      boolean like = isLike(before.ahead(), ahead);
      if (like) {
        writer = new Writer(before.ahead(), before.toldAt(), now);
      }
      if (like || now - before.toldAt() < PAUSE.toNanos()) {
        return null;
      }
    }
    if (isTold(ahead)) {
      return null; // it is our clock, and that was said
    }
    CertificateSpec spec = first.get().orElse(null);
    if (spec == null) {
      return null;
    }
    writer = new Writer(ahead, now, now);
    return new AutoTlsEvent.NodeClockDiffers(time.instant(), spec, ahead, suspect());
  }

  /** Whether an issuer was told of that shows the same difference since the clock was last set. */
  private boolean isTold(Duration difference) {
    return told.entrySet().stream()
        .filter(one -> ahead.containsKey(one.getKey()))
        .anyMatch(one -> one.getValue().isLike(difference));
  }

  private @Nullable Writer present(long now) {
    return writer != null && now - writer.seenAt() < REMEMBERED.toNanos() ? writer : null;
  }

  /** Which clock is wrong, as far as the issuers tell. */
  private Suspect suspect() {
    boolean isSound = ahead.values().stream().anyMatch(issuers -> !isWide(issuers));
    return isSound ? Suspect.OTHER_NODE : Suspect.ONE_OF_THEM;
  }

  private static boolean isWide(Duration ahead) {
    return ahead.abs().compareTo(WIDE) > 0;
  }

  private static boolean isLike(Duration one, Duration other) {
    return one.minus(other).abs().compareTo(WIDE) <= 0;
  }

  /** The present as an issuer knows it; empty if that is not known. */
  public synchronized Optional<Instant> now(String issuer) {
    return Optional.ofNullable(ahead.get(issuer)).map(time.instant()::plus);
  }

  /** Whether an issuer has said what time it is, and that is what our clock says. */
  synchronized boolean agrees(String issuer) {
    Duration difference = ahead.get(issuer);
    return difference != null && !isWide(difference);
  }

  /** Whether an issuer has said what time it is. */
  synchronized boolean knows(String issuer) {
    return ahead.containsKey(issuer);
  }

  /** The present by the clock of who issued it, if that is known: ours may be wrong. */
  public Instant now(Generation generation) {
    return now(generation.issuerId()).orElseGet(time::instant);
  }

  /** The wall clock was set: what was heard before says nothing about it. */
  public synchronized void clockWasSet() {
    ahead.clear();
    writer = null;
  }

  /** What is wrong with a clock, if something is, and ours was not set since. */
  public synchronized Optional<Problem> problem() {
    Instant now = time.instant();
    return told.entrySet().stream()
        .filter(one -> ahead.containsKey(one.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .map(
            one ->
                new Problem(
                    now,
                    ClockDifference.sentence(one.ahead().negated(), one.name()),
                    STAYS,
                    now,
                    "set the clock of this machine, for example by NTP."))
        .or(() -> Optional.ofNullable(present(time.nanos())).map(one -> problem(one, now)));
  }

  private Problem problem(Writer writer, Instant now) {
    Suspect suspect = suspect();
    return new Problem(
        now,
        ClockDifference.ofWriter(writer.ahead(), suspect),
        CUT_SHORT,
        now,
        ClockDifference.advice(suspect));
  }
}

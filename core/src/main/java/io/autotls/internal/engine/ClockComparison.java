package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.CertificateSpec;
import io.autotls.Problem;
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
 * Compares the clock of this machine with those of the issuers. A wide difference is told to a
 * person: once, again when it is another one, and when it is gone.
 *
 * <p>What was heard holds until the wall clock is set: then nobody knows until the next answer.
 * Safe for use by many threads.
 */
final class ClockComparison {
  private static final Duration WIDE = StoredTimes.CLOCKS_DIFFER;

  private final TimeSource time;
  private final Announcer announcer;
  private final Supplier<Optional<CertificateSpec>> first;
  private final Runnable changed;
  private final Map<String, Duration> ahead = new HashMap<>(); // guarded by this, like the next
  private @Nullable Difference told; // null unless the clocks differed widely, last time

  /** How far the clock of an issuer is ahead of ours. */
  private record Difference(String issuer, String name, Duration ahead) {
    boolean isLike(Duration other) {
      return ahead.minus(other).abs().compareTo(WIDE) <= 0;
    }
  }

  /**
   * Creates it.
   *
   * @param first the certificate that was asked for first, if any is wanted: each event names one
   * @param changed called when what time it is for an issuer is news
   */
  ClockComparison(
      TimeSource time,
      Announcer announcer,
      Supplier<Optional<CertificateSpec>> first,
      Runnable changed) {
    this.time = time;
    this.announcer = announcer;
    this.first = first;
    this.changed = changed;
  }

  /**
   * An issuer said what time it is.
   *
   * @param ahead how far its clock is ahead of ours, negative if behind
   */
  void heard(Issuer issuer, Duration ahead) {
    AutoTlsEvent event;
    boolean news;
    synchronized (this) {
      Duration before = this.ahead.put(issuer.id(), ahead);
      news = before == null || before.minus(ahead).abs().compareTo(WIDE) > 0;
      event = event(issuer, ahead);
    }
    if (event != null) {
      announcer.tell(event);
    }
    if (news) {
      changed.run();
    }
  }

  /** What is to be told; null if nothing is, or nobody is there to be told. */
  private @Nullable AutoTlsEvent event(Issuer issuer, Duration ahead) {
    boolean wide = ahead.abs().compareTo(WIDE) > 0;
    boolean news =
        wide
            ? told == null || !told.isLike(ahead)
            : told != null && told.issuer().equals(issuer.id());
    CertificateSpec spec = news ? first.get().orElse(null) : null; // that looks at all of them
    if (spec == null) {
      return null;
    }
    told = wide ? new Difference(issuer.id(), issuer.displayName(), ahead) : null;
    return wide
        ? new AutoTlsEvent.ClockDiffers(time.instant(), spec, issuer.displayName(), ahead.negated())
        : new AutoTlsEvent.ClockAgrees(time.instant(), spec, issuer.displayName());
  }

  /** The present as an issuer knows it; empty if that is not known. */
  synchronized Optional<Instant> now(String issuer) {
    return Optional.ofNullable(ahead.get(issuer)).map(time.instant()::plus);
  }

  /** The wall clock was set: what was heard before says nothing about it. */
  synchronized void clockWasSet() {
    ahead.clear();
  }

  /** What is wrong with the clock, if something is, and it was not set since. */
  synchronized Optional<Problem> problem() {
    Instant now = time.instant();
    return Optional.ofNullable(told)
        .filter(one -> ahead.containsKey(one.issuer()))
        .map(
            one ->
                new Problem(
                    now,
                    ClockDifference.sentence(one.ahead().negated(), one.name()),
                    "what is in service stays; times are told by this clock until it is set.",
                    now,
                    "set the clock of this machine, for example by NTP."));
  }
}

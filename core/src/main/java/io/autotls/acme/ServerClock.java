package io.autotls.acme;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/** What time it is for the server, as its answers say. Safe for use by many threads. */
final class ServerClock {
  /** Who does not know the time says 1970. */
  private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

  private final ClockObserver observer;
  private volatile @Nullable Duration ahead; // of ours; null until something was heard

  ServerClock(ClockObserver observer) {
    this.observer = observer;
  }

  /**
   * An answer came.
   *
   * @param sent when it was asked for, by the local clock
   * @param received when it was there, by the same
   */
  void heard(Headers headers, Instant sent, Instant received) {
    Instant date = RetryAfter.parseHttpDate(headers.get("Date"));
    boolean cached = headers.get("Age") != null; // then the date is that of another time
    boolean wasSet = received.isBefore(sent);
    if (date == null || date.isBefore(EARLIEST) || cached || wasSet) {
      return;
    }
    Duration difference = ahead(date, sent, received);
    ahead = difference;
    observer.heard(difference);
  }

  private static Duration ahead(Instant date, Instant sent, Instant received) {
    Instant latest = date.plusSeconds(1); // it may have been cut off
    if (date.isAfter(received)) {
      return Duration.between(received, date);
    }
    return latest.isBefore(sent) ? Duration.between(sent, latest) : Duration.ZERO;
  }

  /** The present as the server knows it; empty if it has not said. */
  Optional<Instant> now(Instant local) {
    return Optional.ofNullable(ahead).map(local::plus);
  }
}

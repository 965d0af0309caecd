package io.autotls.internal.engine;

import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Parts of sentences that several messages share. */
final class Wording {
  private final TimeSource time;

  Wording(TimeSource time) {
    this.time = time;
  }

  /** What visitors get meanwhile. */
  String serving(@Nullable Generation current) {
    if (current == null) {
      return "visitors get a self-signed placeholder";
    }
    Credential credential = current.credential();
    return current.isAlive(time.instant())
        ? "the stored certificate stays in use (until " + seconds(credential.notAfter()) + ")"
        : "the stored certificate stays in use although it expired "
            + seconds(credential.notAfter());
  }

  /** When it goes on. */
  static String attempt(String who, Instant at) {
    return at.equals(Hold.FOR_EVER)
        ? "no further attempt by itself"
        : "next attempt" + who + " at " + seconds(at);
  }

  /** Nobody wants to read more digits. */
  static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }
}

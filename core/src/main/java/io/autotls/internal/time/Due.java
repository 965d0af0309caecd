package io.autotls.internal.time;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When something is due: at an instant, or not before a person acts, which is later than any
 * instant. Immutable.
 */
public final class Due implements Comparable<Due> {
  /** Nothing happens by itself: a person has to begin it. */
  public static final Due BY_A_PERSON = new Due(null);

  private static final String NEVER = "never";

  /** How the public types say that nothing happens by itself. */
  private static final Instant PUBLIC_NEVER = Instant.parse("9999-12-31T00:00:00Z");

  private final @Nullable Instant instant; // null if only a person begins it

  private Due(@Nullable Instant instant) {
    this.instant = instant;
  }

  public static Due at(Instant instant) {
    return new Due(Objects.requireNonNull(instant, "instant"));
  }

  /** When that is; empty if only a person begins it. */
  public Optional<Instant> instant() {
    return Optional.ofNullable(instant);
  }

  /** Whether no time begins it. */
  public boolean needsPerson() {
    return instant == null;
  }

  public boolean isAfter(Instant other) {
    return instant == null || instant.isAfter(other);
  }

  public boolean isBefore(Instant other) {
    return instant != null && instant.isBefore(other);
  }

  public boolean isAfter(Due other) {
    return compareTo(other) > 0;
  }

  public boolean isBefore(Due other) {
    return compareTo(other) < 0;
  }

  /** So much later; what only a person begins stays as it is. */
  public Due plus(Duration duration) {
    return instant == null ? this : at(instant.plus(duration));
  }

  /** The later of both. */
  public Due notBefore(Instant earliest) {
    return isBefore(earliest) ? at(earliest) : this;
  }

  /** The earlier of both. */
  public Due notAfter(Instant latest) {
    return isAfter(latest) ? at(latest) : this;
  }

  public static Due earlier(Due a, Due b) {
    return a.isAfter(b) ? b : a;
  }

  public static Due later(Due a, Due b) {
    return a.isBefore(b) ? b : a;
  }

  /** As the public types have it, which know nothing but instants. */
  public Instant toPublic() {
    return instant == null ? PUBLIC_NEVER : instant;
  }

  /** What {@link #toPublic} made of it. */
  public static Due ofPublic(Instant shown) {
    return shown.equals(PUBLIC_NEVER) ? BY_A_PERSON : at(shown);
  }

  /** Reads what {@link #toString} wrote; empty if it makes no sense. */
  public static Optional<Due> parse(String text) {
    try {
      return Optional.of(text.equals(NEVER) ? BY_A_PERSON : at(Instant.parse(text)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public int compareTo(Due other) {
    if (instant == null || other.instant == null) {
      return Boolean.compare(instant == null, other.instant == null);
    }
    return instant.compareTo(other.instant);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Due other && Objects.equals(instant, other.instant);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(instant);
  }

  /** As it is stored: the instant, or {@code never}. */
  @Override
  public String toString() {
    return instant == null ? NEVER : instant.toString();
  }
}

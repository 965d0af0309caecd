package io.autotls.spi;

import io.autotls.internal.text.PlainText;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An issuer could not take the next step. The {@link Reaction} says what AutoTls does about it, the
 * message what happened in the issuer's own words, {@link #advice} what a person can do.
 *
 * <p>Messages never hold keys, tokens or passwords. They may quote what others wrote: message and
 * advice become one line of visible characters, cut at 4,000.
 */
public class IssuerException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The classes of failure; each has its schedule in the engine. */
  public enum Reaction {
    /** The same step again after a while: the network, or the issuer, is not well. */
    RETRY_STEP,
    /** This attempt is over; a new one may succeed, after the schedule of failed attempts. */
    RETRY_ATTEMPT,
    /**
     * This attempt is over, and probably only because whoever was to answer the issuer has stopped
     * meanwhile: a new one follows soon. A few times; then it is as {@link #RETRY_ATTEMPT}.
     */
    INTERRUPTED,
    /** Not before {@link IssuerException#retryAfter} has passed: the issuer said so. */
    WAIT,
    /** Only a person can help; look again rarely. */
    OPERATOR,
    /**
     * The issuer has paused this, and the {@link IssuerException#advice advice} names the page
     * where a person lifts that: never again before {@code AutoTls.renewNow}, or a restart.
     */
    PAUSED
  }

  private final Reaction reaction;
  private final String advice;
  private final transient @Nullable Duration retryAfter;
  private final transient Set<String> identifiers;

  /** Creates an exception without a time from the issuer. */
  public IssuerException(
      Reaction reaction, String message, String advice, @Nullable Throwable cause) {
    this(reaction, message, advice, null, cause);
  }

  /** Creates an exception; {@code retryAfter} is what the issuer asked for, if it did. */
  public IssuerException(
      Reaction reaction,
      String message,
      String advice,
      @Nullable Duration retryAfter,
      @Nullable Throwable cause) {
    this(reaction, message, advice, retryAfter, Set.of(), cause);
  }

  /**
   * Creates an exception that blames some names only.
   *
   * @param identifiers those that keep this certificate from being issued, in A-labels and without
   *     {@code *.}: when they fail again and again, the others get one without them
   */
  public IssuerException(
      Reaction reaction,
      String message,
      String advice,
      @Nullable Duration retryAfter,
      Set<String> identifiers,
      @Nullable Throwable cause) {
    super(PlainText.message(message), cause);
    this.identifiers = Set.copyOf(identifiers);
    this.reaction = Objects.requireNonNull(reaction, "reaction");
    this.advice = PlainText.message(Objects.requireNonNull(advice, "advice"));
    this.retryAfter = retryAfter;
  }

  /** What AutoTls does about it. */
  public Reaction reaction() {
    return reaction;
  }

  /** What a person can do, for example {@code "open port 80 to the internet"}. */
  public String advice() {
    return advice;
  }

  /** The names that are to blame, in A-labels and without {@code *.}; empty if none is. */
  public Set<String> identifiers() {
    return identifiers;
  }

  /** How long the issuer asked to be left alone. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}

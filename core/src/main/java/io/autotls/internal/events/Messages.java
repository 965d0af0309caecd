package io.autotls.internal.events;

import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RecordStore;
import io.autotls.internal.text.Moments;
import io.autotls.internal.text.PlainText;
import io.autotls.internal.time.Due;
import io.autotls.spi.IssuanceStage;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Parts of sentences that several messages share. */
public final class Messages {
  private final TimeSource time;

  public Messages(TimeSource time) {
    this.time = time;
  }

  /** What visitors get meanwhile. */
  public String serving(@Nullable Generation current) {
    if (current == null) {
      return "visitors get a self-signed placeholder";
    }
    Credential credential = current.credential();
    return current.isAlive(time.instant())
        ? "the stored certificate stays in use (until "
            + Moments.seconds(credential.notAfter())
            + ")"
        : "the stored certificate stays in use although it expired "
            + Moments.seconds(credential.notAfter());
  }

  /** What a job does now: {@code waits for renewal}, {@code is validated by the CA}. */
  public static String phase(Job job) {
    return switch (job.phase()) {
      case TO_BE_OBTAINED -> "to be obtained";
      case UNDER_WAY -> job.stage().map(Messages::stage).orElse("begins");
      case TRIES_AGAIN -> "tries again";
      case NEEDS_PERSON -> "needs attention";
      case IDLE -> "waits for renewal";
      case LEFT_TO_NEWER_NODES -> "is left to nodes of a newer version";
    };
  }

  private static String stage(IssuanceStage stage) {
    return switch (stage) {
      case PREPARING -> "prepares";
      case ORDERING -> "orders";
      case ANSWERING -> "answers challenges";
      case SETTLING -> "waits until its answers can be seen";
      case TRIGGERING -> "has the CA look";
      case VALIDATING -> "is validated by the CA";
      case REQUESTING -> "sends the request for the certificate";
      case SIGNING -> "waits for the CA to sign";
      case DOWNLOADING -> "downloads the certificate";
      case WAITING -> "waits";
    };
  }

  /** That a record is in a form that this node must not write. */
  public Problem leftToNewerNodes(CertificateSpec spec, @Nullable Generation served) {
    return new Problem(
        time.instant(),
        "The record "
            + RecordStore.key(spec)
            + " was written by a newer version of AutoTls, in a form that this one does not know.",
        serving(served)
            + "; this node writes nothing about it, and serves what nodes of that version obtain.",
        Due.BY_A_PERSON.toPublic(),
        "update AutoTls on this node; or, to go on with this version everywhere, stop the newer"
            + " nodes and bring the record back from a backup.");
  }

  /** What to do about what nobody foresaw. */
  public static final String REPORT = "report this, with the stack trace that is in the log.";

  private static final int LONGEST_FAILURE = 400;

  /**
   * A failure in a sentence: the message of what is an {@link IOException}, and what kind of thing
   * it was if it is none, or has no message.
   */
  public static String failure(Throwable e) {
    String message = e.getMessage();
    String what = e instanceof IOException && message != null ? message : e.toString();
    return sentence(PlainText.line(what, LONGEST_FAILURE));
  }

  /** A text that ends as a sentence does. */
  public static String sentence(String text) {
    return text.endsWith(".") || text.endsWith("?") || text.endsWith("!") ? text : text + ".";
  }

  /** {@code 1 attempt}, {@code 2 attempts}. */
  public static String count(int number, String one) {
    return number + " " + one + (number == 1 ? "" : "s");
  }

  /** {@code 30 s}, {@code 5 min}, {@code 3 h}. */
  public static String length(Duration duration) {
    if (duration.compareTo(Duration.ofMinutes(2)) < 0) {
      return duration.toSeconds() + " s";
    }
    return duration.compareTo(Duration.ofHours(2)) < 0
        ? duration.toMinutes() + " min"
        : duration.toHours() + " h";
  }
}

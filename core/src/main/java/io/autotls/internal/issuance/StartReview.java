package io.autotls.internal.issuance;

import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.ExtraAttempts;
import io.autotls.internal.record.Job;
import io.autotls.internal.text.Moments;
import io.autotls.internal.time.Due;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the start of a node through what is pending: says of each certificate why, since when it
 * waits, and until when; and lets it go on soon where nobody but our own rules wanted the wait.
 * Whoever restarts an application has mended something, or ended what was in the way; a wait that a
 * CA asked for holds as before.
 */
public final class StartReview {
  private static final Logger log = LoggerFactory.getLogger(StartReview.class);

  /** Spread over this, for many nodes may start at once. */
  private static final Duration SOON = Duration.ofSeconds(8);

  private final IssuerSelection issuers;
  private final TimeSource time;
  private final RandomGenerator random;

  public StartReview(IssuerSelection issuers, TimeSource time, RandomGenerator random) {
    this.issuers = issuers;
    this.time = time;
    this.random = random;
  }

  /** To be called with a record that was read for the first time. */
  void of(ManagedCertificate managed, CertificateRecord record) {
    if (!isPending(record)) {
      return;
    }
    Instant now = time.instant();
    Instant soon = now.plusMillis((long) (SOON.toMillis() * random.nextDouble()));
    if (managed.schedule().due().isAfter(soon) && mayGoOn(managed.spec(), record, now)) {
      managed.requestAfterRestart(soon);
    }
    log.info("{}: {}", managed.spec(), described(record, managed.schedule().due(), now));
  }

  private static boolean isPending(CertificateRecord record) {
    Job job = record.job();
    return record.current() == null || job.isUnderWay() || job.lastProblem() != null;
  }

  /** Whether only our own rules made the next step wait. */
  boolean mayGoOn(CertificateSpec spec, CertificateRecord record, Instant now) {
    Job job = record.job();
    if (job.lastProblem() == null || !record.extras().allows(ExtraAttempts.Cause.START, now)) {
      return false;
    }
    if (job.isUnderWay()) {
      return job.stepFailures() > 0 && !job.hold(String.valueOf(job.issuerId())).isAsked(now);
    }
    return issuers
        .choose(spec, record.with(job.freed()), now)
        .filter(choice -> !choice.from().isAfter(now))
        .isPresent();
  }

  private static String described(CertificateRecord record, Due due, Instant now) {
    Job job = record.job();
    String why =
        job.isUnderWay()
            ? "an order is under way"
            : job.lastProblem() != null ? "the last attempt failed" : "there is no certificate yet";
    String when = due.isAfter(now) ? Moments.attempt(due) : "it goes on now";
    Problem last = job.lastProblem();
    return why + "; " + when + (last == null ? "." : ". Last problem: " + last.what());
  }
}

package io.autotls.internal.record;

import io.autotls.internal.text.Unknown;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is stored for one spec, in one entry: the credential in service, the one before it, the job,
 * and when the next renewal is planned. Immutable; replaced as a whole or not at all.
 *
 * @param current null until the first certificate is there
 * @param previous null until the first renewal
 * @param renewal null until the first certificate is there
 * @param names which names keep attempts from succeeding
 * @param extras which tries were granted beyond the schedule
 * @param unknown what nodes of a newer version wrote besides, to be kept
 */
public record CertificateRecord(
    @Nullable Generation current,
    @Nullable Generation previous,
    Job job,
    @Nullable RenewalPlan renewal,
    NameFailures names,
    ExtraAttempts extras,
    Unknown unknown) {
  public CertificateRecord(
      @Nullable Generation current,
      @Nullable Generation previous,
      Job job,
      @Nullable RenewalPlan renewal) {
    this(current, previous, job, renewal, NameFailures.NONE, ExtraAttempts.NONE, Unknown.NONE);
  }

  public static CertificateRecord first(Instant now) {
    return new CertificateRecord(null, null, Job.first(now), null);
  }

  public Optional<Generation> generation() {
    return Optional.ofNullable(current);
  }

  /**
   * What visitors are to get: the current credential, or the one before if that works and the
   * current one has not begun. Where neither is valid, the current one is better than a
   * placeholder.
   */
  public Optional<Generation> inService(Instant now) {
    return isAwaited(now) ? Optional.ofNullable(previous) : generation();
  }

  /** Whether the current credential has not begun, and another one serves meanwhile. */
  public boolean isAwaited(Instant now) {
    return current != null
        && previous != null
        && !current.hasBegun(now)
        && previous.hasBegun(now)
        && previous.isAlive(now);
  }

  public CertificateRecord with(Job job) {
    return new CertificateRecord(current, previous, job, renewal, names, extras, unknown);
  }

  public CertificateRecord with(RenewalPlan renewal) {
    // Whatever failed before keeps its own time: an issuer's window does not shorten a back-off.
    Job next = job.phase() == Job.Phase.IDLE ? job.plannedFor(renewal.at()) : job;
    return new CertificateRecord(current, previous, next, renewal, names, extras, unknown);
  }

  public CertificateRecord with(NameFailures names) {
    return new CertificateRecord(current, previous, job, renewal, names, extras, unknown);
  }

  public CertificateRecord with(ExtraAttempts extras) {
    return new CertificateRecord(current, previous, job, renewal, names, extras, unknown);
  }

  CertificateRecord with(Unknown kept) {
    return new CertificateRecord(current, previous, job, renewal, names, extras, kept);
  }

  /**
   * A new generation arrived.
   *
   * @param served what visitors get; it stays, as the previous one. Null if that is nothing
   */
  public CertificateRecord renewed(Generation next, RenewalPlan plan, @Nullable Generation served) {
    return new CertificateRecord(next, served, job.done(next, plan.at()), plan).with(unknown);
  }

  /** What a node keeps in memory: no key that is not served, nothing that only a step needs. */
  public CertificateRecord withoutSecrets(Instant now) {
    Generation kept = isAwaited(now) ? previous : null;
    return new CertificateRecord(
        current, kept, job.withoutSecrets(), renewal, names, extras, Unknown.NONE);
  }
}

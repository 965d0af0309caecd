package io.autotls.internal.issuance;

import io.autotls.Problem;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * That somebody outside asked for a step which may not be due. It lasts until the step is taken, or
 * until another node has done what was asked for.
 *
 * @param from not before this
 * @param against the problem, issuer or credential that was there then; null if there was none
 */
record StepRequest(Cause cause, Instant from, @Nullable String against) {
  /** Why it was asked for. */
  enum Cause {
    /** Only our own rules wanted to wait, and this process was started since. */
    RESTART,
    /** What is under way is with an issuer that this process is not configured with. */
    RECONFIGURATION,
    /** A person wants another certificate: {@code renewNow}. */
    RENEWAL,
    /**
     * The present one is to be revoked. Any node may come to know that from the storage, so it does
     * not set aside what an issuer asked for.
     */
    REVOCATION
  }

  /** What was asked for by a start: that what went wrong last is tried again. */
  static StepRequest afterRestart(Instant from, @Nullable CertificateRecord record) {
    return new StepRequest(Cause.RESTART, from, record == null ? "" : problem(record));
  }

  static StepRequest afterReconfiguration(Instant from, @Nullable String issuer) {
    return new StepRequest(Cause.RECONFIGURATION, from, issuer);
  }

  /** Another certificate than the present one, which a person wants, or a revocation. */
  static StepRequest ofRenewal(Cause cause, Instant now, @Nullable CertificateRecord record) {
    Generation current = record == null ? null : record.current();
    return new StepRequest(cause, now, current == null ? null : current.credential().alias());
  }

  /** When something went wrong last: the next attempt that fails does so at another time. */
  private static String problem(CertificateRecord record) {
    Problem problem = record.job().lastProblem();
    return problem == null ? "" : problem.at().toString();
  }

  /** Whether another node has tried meanwhile: what came of that counts. */
  boolean isFulfilledBy(CertificateRecord record) {
    return switch (cause) {
      case RESTART -> !problem(record).equals(against);
      case RECONFIGURATION -> !record.job().isUnderWay() || !record.job().isWith(against);
      case RENEWAL -> hasLater(record);
      // An attempt that is under way goes on by its own time, whoever began it.
      case REVOCATION -> record.job().isUnderWay() || hasLater(record);
    };
  }

  private boolean hasLater(CertificateRecord record) {
    return record.generation().filter(this::isLater).isPresent();
  }

  private boolean isLater(Generation current) {
    return against != null
        ? !against.equals(current.credential().alias())
        : current.obtainedAt().isAfter(from);
  }

  boolean isOpen(Instant now) {
    return !from.isAfter(now);
  }

  /** The same after the wall clock was set: nobody asked in the future. */
  StepRequest notAfter(Instant now) {
    return from.isAfter(now) ? new StepRequest(cause, now, against) : this;
  }
}

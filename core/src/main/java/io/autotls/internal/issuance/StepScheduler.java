package io.autotls.internal.issuance;

import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.RenewalPlan;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.internal.time.Due;
import io.autotls.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** Says when the next step for a certificate is due, how urgent it is, and whom it will ask. */
public final class StepScheduler {
  private final IssuerSelection issuers;
  private final ClockComparison clocks;
  private final TimeSource time;

  public StepScheduler(IssuerSelection issuers, ClockComparison clocks, TimeSource time) {
    this.issuers = issuers;
    this.clocks = clocks;
    this.time = time;
  }

  /** When to take the next step for a record, and whom it is going to ask. */
  public Schedule schedule(ManagedCertificate managed, CertificateRecord seen) {
    CertificateRecord record = withRenewalOfUnusable(seen);
    Due due = issuers.dueAt(managed.spec(), record);
    Instant replaceable = time.instant().plus(leastService(managed, record));
    return new Schedule(
        due.notBefore(replaceable), priority(record), issuers.resource(managed.spec(), record));
  }

  /**
   * The record with a renewal before its certificate begins, if nothing is served by then, or after
   * its end, if that had passed already when it was obtained. Where nothing else ever served, it is
   * our clock that is wrong as a rule, unless the issuer agrees with it, or had gone by ours. What
   * seems to have ended may have waited for us at the issuer: that is worth one more order.
   */
  CertificateRecord withRenewalOfUnusable(CertificateRecord record) {
    Generation current = record.current();
    RenewalPlan planned = record.renewal();
    if (current == null || planned == null) {
      return record;
    }
    Instant now = clocks.now(current);
    boolean agrees = clocks.agrees(current.issuerId());
    boolean awaited = record.isAwaited(now);
    RenewalPlan renewal = planned;
    if (!current.hasBegun(now) && (awaited || agrees || current.mayBeDatedByNode())) {
      renewal = RenewalPolicy.untilItBegins(planned, current, awaited ? record.previous() : null);
    } else if (current.credential().notAfter().isBefore(now)
        && (agrees || planned.replacedYoung() == 0 && !clocks.knows(current.issuerId()))) {
      renewal = RenewalPolicy.ofEnded(planned, current);
    }
    return renewal.equals(planned) ? record : record.with(renewal);
  }

  /**
   * How long this node has to leave the certificate in service yet, whatever the wall clock says.
   */
  private Duration leastService(ManagedCertificate managed, CertificateRecord record) {
    Generation current = record.current();
    RenewalPlan renewal = record.renewal();
    ManagedCertificate.Arrival arrival = managed.arrival().orElse(null);
    if (current == null || renewal == null || arrival == null || record.job().isUnderWay()) {
      return Duration.ZERO;
    }
    Duration life =
        clocks
            .now(current.issuerId())
            .map(now -> Duration.between(now, current.credential().notAfter()))
            .orElseGet(current.credential()::lifetime);
    Duration least =
        switch (arrival.how()) {
          case FOUND -> RenewalPolicy.leastServiceAfterStart(life, renewal.replacedYoung());
          case REPLACES -> RenewalPolicy.leastService(life, renewal.replacedYoung());
        };
    Duration served = Duration.ofNanos(time.nanos() - arrival.at());
    return served.compareTo(least) < 0 ? least.minus(served) : Duration.ZERO;
  }

  private Priority priority(CertificateRecord record) {
    Generation current = record.current();
    if (current == null) {
      return record.job().lastProblem() == null ? Priority.FIRST : Priority.AGAIN;
    }
    RenewalPlan renewal = record.renewal();
    boolean revoked =
        renewal != null
            && renewal.because() == RenewalPlan.Because.WINDOW_PASSED
            && renewal.replacedYoung() == 0;
    return revoked || RenewalPolicy.isUrgent(current, time.instant())
        ? Priority.URGENT
        : Priority.ROUTINE;
  }
}

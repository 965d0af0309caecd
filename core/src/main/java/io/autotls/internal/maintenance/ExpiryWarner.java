package io.autotls.internal.maintenance;

import io.autotls.AutoTlsEvent;
import io.autotls.internal.events.EventDispatcher;
import io.autotls.internal.events.Messages;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.issuance.NodeFailure;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.internal.record.Job;
import io.autotls.internal.record.RenewalPolicy;
import io.autotls.spi.TimeSource;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Watches the end of one certificate, and tells people in good time that no new one has come. It
 * asks nobody, so it works whatever else does not.
 */
public final class ExpiryWarner implements Task {
  private final ManagedCertificate managed;
  private final TimeSource time;
  private final EventDispatcher events;
  private @Nullable String alias; // guarded by this; of the certificate that is watched
  private @Nullable Instant next; // guarded by this; null if there is nothing more to say

  public ExpiryWarner(ManagedCertificate managed, TimeSource time, EventDispatcher events) {
    this.managed = managed;
    this.time = time;
    this.events = events;
  }

  /** When to look; null if there is nothing to watch, or nothing more to say. */
  public synchronized @Nullable Schedule schedule() {
    Generation current = managed.served().orElse(null);
    if (current == null) {
      return null;
    }
    if (!current.credential().alias().equals(alias)) {
      alias = current.credential().alias();
      next = RenewalPolicy.nextWarning(current, time.instant()).orElse(null);
    }
    return next == null ? null : Schedule.of(next, Priority.CLEANING);
  }

  /** The wall clock was set: the end is nearer now, or further away. */
  public synchronized @Nullable Schedule clockWasSet() {
    alias = null;
    return schedule();
  }

  @Override
  public @Nullable Schedule run() {
    Schedule planned = schedule();
    Instant now = time.instant();
    if (planned == null || managed.isRetired() || planned.due().isAfter(now)) {
      return managed.isRetired() ? null : planned;
    }
    Generation current = managed.served().orElseThrow();
    synchronized (this) {
      next = RenewalPolicy.nextWarning(current, now).orElse(null);
    }
    Instant end = current.credential().notAfter();
    events.tell(new AutoTlsEvent.Expiring(now, managed.spec(), end, reason()));
    return schedule();
  }

  private String reason() {
    Optional<NodeFailure> obstacle = managed.failure().filter(one -> one.kind().stopsSteps());
    if (obstacle.isPresent()) {
      return obstacle.get().problem().toString();
    }
    Job job = managed.record().map(CertificateRecord::job).orElseThrow();
    if (job.lastProblem() != null) {
      return job.lastProblem().toString();
    }
    return managed.blockedBy().orElse("the renewal " + Messages.phase(job) + ".");
  }
}

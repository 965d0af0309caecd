package io.autotls.internal.engine;

import io.autotls.AutoTlsEvent;
import io.autotls.spi.TimeSource;
import io.autotls.tls.Credential;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Watches the end of one certificate, and tells people in good time that no new one has come. It
 * asks nobody, so it works whatever else does not.
 */
final class Vigil implements Agenda.Task {
  private final Managed managed;
  private final TimeSource time;
  private final Announcer announcer;
  private @Nullable String alias; // guarded by this; of the certificate that is watched
  private Instant next = Instant.EPOCH; // guarded by this

  Vigil(Managed managed, TimeSource time, Announcer announcer) {
    this.managed = managed;
    this.time = time;
    this.announcer = announcer;
  }

  /** When to look; null if there is nothing to watch, or nothing more to say. */
  synchronized @Nullable Appointment appointment() {
    Credential credential = managed.credential().orElse(null);
    if (credential == null) {
      return null;
    }
    if (!credential.alias().equals(alias)) {
      alias = credential.alias();
      next = RenewalSchedule.nextWarning(credential, time.instant());
    }
    return next.equals(Hold.FOR_EVER) ? null : Appointment.of(next, Lane.CLEANING);
  }

  @Override
  public @Nullable Appointment run() {
    Appointment planned = appointment();
    Instant now = time.instant();
    if (planned == null || managed.isRetired() || planned.due().isAfter(now)) {
      return managed.isRetired() ? null : planned;
    }
    Credential credential = managed.credential().orElseThrow();
    synchronized (this) {
      next = RenewalSchedule.nextWarning(credential, now);
    }
    announcer.tell(new AutoTlsEvent.Expiring(now, managed.spec(), credential.notAfter(), reason()));
    return appointment();
  }

  private String reason() {
    if (managed.failure().filter(one -> one.kind().stopsSteps()).isPresent()) {
      return managed.failure().get().problem().toString();
    }
    Job job = managed.record().map(CertificateRecord::job).orElseThrow();
    if (job.lastProblem() != null) {
      return job.lastProblem().toString();
    }
    return managed.blockedBy().orElse("the renewal " + job.phase() + ".");
  }
}

package io.autotls.internal.maintenance;

import io.autotls.internal.issuance.CertificateRepository;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.TaskQueue;
import org.jspecify.annotations.Nullable;

/**
 * Puts a certificate into service when it begins, if it was not valid yet when it came. Each node
 * does that for itself, followers too.
 */
public final class Handover implements TaskQueue.Task {
  private final ManagedCertificate managed;
  private final CertificateRepository repository;

  public Handover(ManagedCertificate managed, CertificateRepository repository) {
    this.managed = managed;
    this.repository = repository;
  }

  /** When the certificate begins that has not; null if that is none. */
  public @Nullable Schedule schedule() {
    return managed
        .toBegin()
        .map(next -> Schedule.of(repository.begins(next), Priority.URGENT))
        .orElse(null);
  }

  @Override
  public @Nullable Schedule run() {
    repository.handOver(managed);
    return schedule();
  }
}

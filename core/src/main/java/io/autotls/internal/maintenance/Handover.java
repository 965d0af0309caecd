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
  private final CertificateRepository keeper;

  public Handover(ManagedCertificate managed, CertificateRepository keeper) {
    this.managed = managed;
    this.keeper = keeper;
  }

  /** When the certificate begins that has not; null if that is none. */
  public @Nullable Schedule appointment() {
    return managed
        .toBegin()
        .map(next -> Schedule.of(keeper.begins(next), Priority.URGENT))
        .orElse(null);
  }

  @Override
  public @Nullable Schedule run() {
    keeper.handOver(managed);
    return appointment();
  }
}

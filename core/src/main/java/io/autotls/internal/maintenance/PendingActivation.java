package io.autotls.internal.maintenance;

import io.autotls.internal.issuance.KeyringUpdater;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import org.jspecify.annotations.Nullable;

/**
 * Puts a certificate into service when it begins, if it was not valid yet when it came. Each node
 * does that for itself, followers too.
 */
public final class PendingActivation implements Task {
  private final ManagedCertificate managed;
  private final KeyringUpdater keyring;

  public PendingActivation(ManagedCertificate managed, KeyringUpdater keyring) {
    this.managed = managed;
    this.keyring = keyring;
  }

  /** When the certificate begins that has not; null if that is none. */
  public @Nullable Schedule schedule() {
    return managed
        .toBegin()
        .map(next -> Schedule.of(keyring.begins(next), Priority.URGENT))
        .orElse(null);
  }

  @Override
  public @Nullable Schedule run() {
    keyring.updateFromStorage(managed);
    return schedule();
  }
}

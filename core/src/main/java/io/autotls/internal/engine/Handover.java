package io.autotls.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * Puts a certificate into service when it begins, if it was not valid yet when it came. Each node
 * does that for itself, followers too.
 */
final class Handover implements Agenda.Task {
  private final Managed managed;
  private final Keeper keeper;

  Handover(Managed managed, Keeper keeper) {
    this.managed = managed;
    this.keeper = keeper;
  }

  /** When the certificate begins that has not; null if that is none. */
  @Nullable Appointment appointment() {
    return managed
        .toBegin()
        .map(next -> Appointment.of(keeper.begins(next), Lane.URGENT))
        .orElse(null);
  }

  @Override
  public @Nullable Appointment run() {
    keeper.handOver(managed);
    return appointment();
  }
}

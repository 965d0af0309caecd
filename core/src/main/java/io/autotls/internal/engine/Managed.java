package io.autotls.internal.engine;

import io.autotls.CertificateSpec;
import io.autotls.internal.engine.Agenda.Appointment;
import io.autotls.spi.Version;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One wanted certificate in the memory of this node: what was last seen of its record, and when to
 * look at it next. Safe for use by many threads.
 */
final class Managed implements Agenda.Task {
  private final CertificateSpec spec;
  private final Worker worker;
  private final Consumer<Managed> changed;

  private volatile boolean working;

  // All guarded by this.
  private Records.@Nullable Stored stored; // null until the storage was read for the first time
  private @Nullable String blockedBy; // null unless something outside is missing
  private int storageFailures; // since the storage was last seen to work
  private @Nullable Instant mendedAt; // null unless a person may have mended it before this start
  private @Nullable Appointment appointment; // null until the storage was read for the first time

  Managed(CertificateSpec spec, Worker worker, Consumer<Managed> changed) {
    this.spec = spec;
    this.worker = worker;
    this.changed = changed;
  }

  CertificateSpec spec() {
    return spec;
  }

  /** Reads the record for the first time. */
  Appointment load() {
    return worker.load(this);
  }

  @Override
  public Appointment run() {
    working = true;
    try {
      return worker.work(this);
    } finally {
      working = false;
    }
  }

  /**
   * Reads the record again, because another node may have written it; not while we write it
   * ourselves.
   */
  void refresh() {
    if (!working && worker.refresh(this)) {
      changed.accept(this);
    }
  }

  synchronized void saw(Records.Stored now, Appointment next) {
    stored = now;
    appointment = next;
    storageFailures = 0;
  }

  /** A person was asked to mend something, and this process was started since: one early try. */
  synchronized void mayBeMendedBy(Instant instant) {
    mendedAt = instant;
  }

  /** Whether that one early try is due; it is used up by asking. */
  synchronized boolean isWorthATry(Instant now) {
    boolean worth = mendedAt != null && !mendedAt.isAfter(now);
    if (worth) {
      mendedAt = null;
    }
    return worth;
  }

  synchronized int storageFailedOnceMore() {
    return ++storageFailures;
  }

  synchronized void blockedBy(@Nullable String reason) {
    blockedBy = reason;
  }

  synchronized Optional<String> blockedBy() {
    return Optional.ofNullable(blockedBy);
  }

  synchronized boolean isBlocked() {
    return blockedBy != null;
  }

  synchronized @Nullable Version version() {
    return stored == null ? null : stored.version();
  }

  synchronized Optional<CertificateRecord> record() {
    return Optional.ofNullable(stored).map(Records.Stored::record);
  }

  synchronized Appointment appointment() {
    return appointment == null ? new Appointment(Instant.EPOCH, Lane.URGENT) : appointment;
  }

  synchronized Engine.View view() {
    if (stored == null) {
      return new Engine.View(
          spec, Optional.empty(), "reads the storage", Instant.EPOCH, Optional.empty());
    }
    CertificateRecord record = stored.record();
    return new Engine.View(
        spec,
        record.generation().map(Generation::credential),
        blockedBy == null ? record.job().phase() : "blocked: " + blockedBy,
        appointment().due(),
        Optional.ofNullable(record.job().lastProblem()));
  }
}

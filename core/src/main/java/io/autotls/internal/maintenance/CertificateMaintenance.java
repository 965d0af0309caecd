package io.autotls.internal.maintenance;

import io.autotls.internal.issuance.KeyringUpdater;
import io.autotls.internal.issuance.ManagedCertificate;
import io.autotls.internal.queue.Priority;
import io.autotls.internal.queue.Schedule;
import io.autotls.internal.queue.Task;
import io.autotls.internal.queue.TaskQueue;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is done beside the issuance for each certificate that exists: its issuer is asked when to
 * renew, its end is watched, and it is put into service when it begins.
 */
public final class CertificateMaintenance {
  private record Tasks(
      @Nullable RenewalInfoPoller renewalInfo, // null on a node that writes nothing
      ExpiryWarner expiryWarner,
      PendingActivation activation) {}

  private final TaskQueue queue;
  private final RenewalInfoPoller.Shared shared;
  private final KeyringUpdater keyring;
  private final Writing writing;
  private final Map<String, Tasks> byId = new ConcurrentHashMap<>(); // of the specification

  /** Whether this node may write what it learns from issuers. */
  public enum Writing {
    ALLOWED,
    FORBIDDEN
  }

  public CertificateMaintenance(
      TaskQueue queue, RenewalInfoPoller.Shared shared, KeyringUpdater keyring, Writing writing) {
    this.queue = queue;
    this.shared = shared;
    this.keyring = keyring;
    this.writing = writing;
  }

  /** Another credential is served, or stored and not valid yet. */
  public void credentialChanged(ManagedCertificate one) {
    Tasks tasks = byId.computeIfAbsent(one.spec().id(), id -> tasksOf(one));
    put(tasks.expiryWarner(), tasks.expiryWarner().schedule());
    put(tasks.activation(), tasks.activation().schedule());
    putRenewalInfo(tasks);
  }

  private Tasks tasksOf(ManagedCertificate one) {
    return new Tasks(
        writing == Writing.ALLOWED ? new RenewalInfoPoller(one, shared) : null,
        new ExpiryWarner(one, shared.node().time(), shared.node().events()),
        new PendingActivation(one, keyring));
  }

  /** The wall clock was set: what was due then is due at another time now. */
  public void clockWasSet(ManagedCertificate one) {
    Tasks tasks = byId.get(one.spec().id());
    if (tasks != null) {
      put(tasks.expiryWarner(), tasks.expiryWarner().clockWasSet());
      activateNow(tasks);
      putRenewalInfo(tasks);
    }
  }

  /** It is known now what time it is for the issuer: what had not begun may have. */
  public void clockCompared(ManagedCertificate one) {
    Tasks tasks = byId.get(one.spec().id());
    if (tasks != null && one.toBegin().isPresent()) {
      activateNow(tasks);
    }
  }

  private void activateNow(Tasks tasks) {
    put(tasks.activation(), Schedule.of(shared.node().time().instant(), Priority.URGENT));
  }

  private void putRenewalInfo(Tasks tasks) {
    if (tasks.renewalInfo() != null) {
      put(tasks.renewalInfo(), tasks.renewalInfo().schedule());
    }
  }

  private void put(Task task, @Nullable Schedule schedule) {
    if (schedule != null) {
      queue.put(task, schedule);
    }
  }

  /** It is served no longer. */
  public void forget(ManagedCertificate one) {
    Tasks gone = byId.remove(one.spec().id());
    if (gone != null) {
      queue.remove(gone.expiryWarner());
      queue.remove(gone.activation());
      if (gone.renewalInfo() != null) {
        queue.remove(gone.renewalInfo());
      }
    }
  }
}

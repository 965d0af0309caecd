package io.autotls.internal.issuance;

import io.autotls.AutoTlsEvent;
import io.autotls.internal.record.CertificateRecord;
import io.autotls.internal.record.Generation;
import io.autotls.tls.Credential;
import io.autotls.tls.Keyring;
import io.autotls.tls.Keyring.Placement;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Puts into the keyring what visitors are to get, by what this node last saw of each record: the
 * current credential once it has begun, and until then what worked before.
 */
public final class KeyringUpdater {
  private static final Duration A_MOMENT = Duration.ofSeconds(1);

  private final NodeServices node;
  private final Keyring keyring;
  private final ClockComparison clocks;
  private final CertificateListener listener;

  public KeyringUpdater(
      NodeServices node, Keyring keyring, ClockComparison clocks, CertificateListener listener) {
    this.node = node;
    this.keyring = keyring;
    this.clocks = clocks;
    this.listener = listener;
  }

  /** Serves what another node, or an earlier process, stored; tells of it if it is new. */
  public void updateFromStorage(ManagedCertificate managed) {
    update(managed)
        .ifPresent(
            credential ->
                node.events()
                    .tell(
                        new AutoTlsEvent.Loaded(
                            node.time().instant(), managed.spec(), credential.notAfter())));
  }

  /**
   * Serves what visitors are to get, by what was read or written last.
   *
   * @return that, if it is not what they got before
   */
  Optional<Credential> update(ManagedCertificate managed) {
    Generation next;
    boolean news;
    boolean begun;
    synchronized (managed) { // else the older of two records that are seen at once may win
      CertificateRecord record = managed.record().orElseThrow();
      if (record.current() == null) {
        return Optional.empty();
      }
      next = inService(managed, record).orElseThrow();
      news = !managed.credential().equals(Optional.of(next.credential()));
      begun = next.hasBegun(clocks.now(next));
      boolean begins = managed.serves(next, begun);
      if (news || begins) {
        Placement placement = begun ? Placement.BY_NAME : Placement.IF_NOTHING_ELSE;
        keyring.install(managed.spec().id(), managed.servedNames(), next.credential(), placement);
      }
    }
    if (news || managed.awaited().isPresent()) {
      listener.credentialChanged(managed);
    }
    boolean isValid = begun && !next.credential().notAfter().isBefore(clocks.now(next));
    if (isValid && managed.becomesReady()) {
      listener.becameReady(managed);
    }
    return Optional.of(next.credential()).filter(any -> news);
  }

  /**
   * What visitors are to get. A clock that is set back does not take from them what they have: what
   * has begun once has begun.
   */
  Optional<Generation> inService(ManagedCertificate managed, CertificateRecord record) {
    return record
        .generation()
        .filter(current -> managed.credential().equals(Optional.of(current.credential())))
        .filter(current -> !current.mayBeDatedByNode() || current.hasBegun(clocks.now(current)))
        .or(() -> record.generation().flatMap(current -> record.inService(clocks.now(current))));
  }

  /** When to look, by our clock, whether a certificate has begun that had not. */
  public Instant begins(Generation generation) {
    Duration left = Duration.between(clocks.now(generation), generation.credential().notBefore());
    return node.time().instant().plus(left.isNegative() || left.isZero() ? A_MOMENT : left);
  }
}

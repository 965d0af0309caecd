package io.autotls.internal.issuance;

import io.autotls.CertificateSpec;
import io.autotls.internal.record.RecordStore;
import io.autotls.spi.Key;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The certificates that this node knows of: those that somebody asked for, and those that it keeps
 * for another reason. Safe for use by many threads.
 */
public final class CertificateRegistry {
  private final Map<Key, ManagedCertificate> byKey = new ConcurrentHashMap<>(); // of the record
  private final NameIndex names = new NameIndex();
  private final AtomicLong numbers = new AtomicLong();

  /** Takes up a certificate that is not there yet. */
  public ManagedCertificate add(CertificateSpec spec, ManagedCertificate.Standing standing) {
    ManagedCertificate one = new ManagedCertificate(spec, standing, numbers.getAndIncrement());
    byKey.put(RecordStore.key(spec), one);
    names.add(one);
    return one;
  }

  public void remove(ManagedCertificate one) {
    byKey.remove(RecordStore.key(one.spec()), one);
    names.remove(one);
  }

  public Optional<ManagedCertificate> find(CertificateSpec spec) {
    return find(RecordStore.key(spec));
  }

  /** Finds one by the key of its record. */
  public Optional<ManagedCertificate> find(Key key) {
    return Optional.ofNullable(byKey.get(key));
  }

  public boolean contains(Key key) {
    return byKey.containsKey(key);
  }

  /** All of them, in no order; a view that follows changes. */
  public Collection<ManagedCertificate> all() {
    return byKey.values();
  }

  /** All of them, in the order in which they were asked for. */
  public List<ManagedCertificate> inOrder() {
    List<ManagedCertificate> all = new ArrayList<>(byKey.values());
    all.sort(Comparator.comparingLong(ManagedCertificate::number));
    return all;
  }

  /** The specification that was asked for first, if there is any. */
  public Optional<CertificateSpec> first() {
    return byKey.values().stream()
        .min(Comparator.comparingLong(ManagedCertificate::number))
        .map(ManagedCertificate::spec);
  }

  /** Which of them a name is in. */
  public NameIndex names() {
    return names;
  }
}

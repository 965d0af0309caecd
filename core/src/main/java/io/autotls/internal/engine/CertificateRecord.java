package io.autotls.internal.engine;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is stored for one spec, in one entry: the credential in service, the one before it, and the
 * job. Immutable; replaced as a whole or not at all.
 *
 * @param current null until the first certificate is there
 * @param previous null until the first renewal
 */
record CertificateRecord(@Nullable Generation current, @Nullable Generation previous, Job job) {
  static CertificateRecord first(Instant now) {
    return new CertificateRecord(null, null, Job.first(now));
  }

  Optional<Generation> generation() {
    return Optional.ofNullable(current);
  }

  CertificateRecord with(Job job) {
    return new CertificateRecord(current, previous, job);
  }

  /** A new generation arrived. The one that was in service stays, as the previous one. */
  CertificateRecord renewed(Generation next, Instant renewAt) {
    return new CertificateRecord(next, current, Job.idle(renewAt));
  }
}

package io.autotls.internal.engine;

import io.autotls.spi.Issuer;
import io.autotls.tls.Credential;
import java.time.Instant;

/**
 * A credential as it is stored, with where it came from.
 *
 * @param issuerId the {@code Issuer.id()} that signed it
 * @param trust what its issuer said that it is good for
 * @param obtainedAt when it was stored first
 */
record Generation(Credential credential, String issuerId, Issuer.Trust trust, Instant obtainedAt) {
  /** Whether a certificate of {@code other} would be a step back while this one is valid. */
  boolean isBetterThan(Issuer.Trust other, Instant now) {
    return credential.isValidAt(now) && trust.compareTo(other) > 0;
  }
}

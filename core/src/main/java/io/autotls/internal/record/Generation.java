package io.autotls.internal.record;

import io.autotls.spi.Issuer;
import io.autotls.tls.Credential;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A credential as it is stored, with where it came from.
 *
 * @param issuerId the {@code Issuer.id()} that signed it
 * @param trust what its issuer said that it is good for
 * @param obtainedAt when it was stored first
 * @param issuerBefore who signed the generation before; null if that is not known, or was none
 */
public record Generation(
    Credential credential,
    String issuerId,
    Issuer.Trust trust,
    Instant obtainedAt,
    @Nullable String issuerBefore) {
  /** What the whole seconds of certificates, and a request on its way, make of a moment. */
  public static final Duration MOMENT = Duration.ofSeconds(5);

  /** The same, obtained at another time. */
  Generation obtainedAt(Instant other) {
    return new Generation(credential, issuerId, trust, other, issuerBefore);
  }

  /**
   * Whether visitors can use it. One that had begun by the clock of the node that obtained it has
   * begun, whatever time it is here: that node's clock and its issuer's agree, and ours is late;
   * but not if the issuer may have gone by that node's clock.
   */
  public boolean hasBegun(Instant now) {
    Instant begin = credential.notBefore().minus(MOMENT);
    return !begin.isAfter(now) || !mayBeDatedByNode() && !begin.isAfter(obtainedAt);
  }

  /** Whether its issuer may run on a node: who signs for everybody does not. */
  public boolean mayBeDatedByNode() {
    return trust == Issuer.Trust.PRIVATE;
  }

  /** How long it serves. */
  public Validity validity() {
    return Validity.of(credential, obtainedAt);
  }

  /**
   * Whether the certificate has not ended. One that begins a moment from now counts: it is our
   * clock that is late then, for the CA has just made it.
   */
  public boolean isAlive(Instant now) {
    return !validity().hasEnded(now);
  }

  /** Whether a certificate of {@code other} would be a step back while this one is valid. */
  public boolean isBetterThan(Issuer.Trust other, Instant now) {
    return isAlive(now) && trust.compareTo(other) > 0;
  }
}

package io.autotls.internal.engine;

import io.autotls.tls.Credential;
import java.time.Instant;

/**
 * A credential as it is stored, with where it came from.
 *
 * @param issuerId the {@code Issuer.id()} that signed it
 * @param obtainedAt when it was stored first
 */
record Generation(Credential credential, String issuerId, Instant obtainedAt) {}

package io.autotls.internal.engine;

import io.autotls.CertificateSpec;
import io.autotls.Problem;
import io.autotls.tls.Credential;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of one certificate now.
 *
 * @param credential what visitors get
 * @param standIn what that is a certificate for, if it is another one than the one that is wanted
 */
public record CertificateView(
    CertificateSpec spec,
    Optional<Credential> credential,
    Optional<CertificateSpec> standIn,
    Optional<String> issuer,
    String phase,
    Instant nextStep,
    String reason,
    int failedAttempts,
    Optional<Instant> windowStart,
    Optional<Instant> windowEnd,
    Optional<String> waitsFor,
    Optional<Problem> lastProblem) {}

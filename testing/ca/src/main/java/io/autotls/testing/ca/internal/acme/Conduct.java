package io.autotls.testing.ca.internal.acme;

import io.autotls.testing.ca.internal.pki.Pki;
import io.autotls.testing.ca.internal.validation.Validator;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How the CA behaves, as the test has set it; may change at any moment. */
public interface Conduct {
  Instant now();

  Pki pki();

  Validator validator();

  /** Runs something on another thread, after that much time. */
  void background(Duration delay, Runnable work);

  Duration validationDelay();

  Duration issuanceDelay();

  Duration lifetime();

  Optional<Duration> retryAfter();

  Optional<URI> termsOfService();

  /** Key identifiers with their secrets; empty if no binding is asked for. */
  Map<String, byte[]> externalAccounts();

  /** Profiles with their lifetimes. */
  Map<String, Duration> profiles();

  /** Names that are refused. */
  Set<String> refused();
}

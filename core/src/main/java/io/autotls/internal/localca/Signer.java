package io.autotls.internal.localca;

import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/** A certificate that signs others, with its key. */
record Signer(X509Certificate certificate, KeyPair keys) {
  Instant notAfter() {
    return certificate.getNotAfter().toInstant();
  }

  boolean hasBegun(Instant now) {
    return !certificate.getNotBefore().toInstant().isAfter(now);
  }

  boolean lasts(Duration duration, Instant now) {
    return notAfter().isAfter(now.plus(duration));
  }

  @Override
  public String toString() {
    return "Signer[" + certificate.getSubjectX500Principal() + "]"; // never the key
  }
}
